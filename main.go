// Command cunwu is the back end of a village's self-governance: one binary that
// serves the API and the public pages, with nothing to install.
//
//	cunwu demo                 everything embedded, with sample villages
//	cunwu serve                the server, by settings (docs/settings.md)
//	cunwu migrate              bring the database to this version
//	cunwu import regions FILE  load an edition of the official region codes
//	cunwu admin init           a one-time invite for the first administrator
//	cunwu lint                 check the rule book
//	cunwu openapi              print the API document
//	cunwu backup TO            back up everything while the server runs
//	cunwu restore FROM         put a backup into an empty place
//	cunwu verify URL           check a site's public record from outside
//	cunwu witness              cosign a site's checkpoints
//	cunwu trustee              keep the keys of a sealed ballot, offline
//	cunwu health               ask a running server whether it is ready
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker in released builds.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"启动服务（设置见 docs/settings.md）"`
	Demo    demoCommand    `cmd:"" help:"启动演示：内置数据库、样例村庄和登录码"`
	Migrate migrateCommand `cmd:"" help:"把数据库升级到这个版本"`
	Import  struct {
		Regions importRegionsCommand `cmd:"" help:"导入统计用区划代码（csv 或 csv.gz），先预览，--apply 才写入"`
	} `cmd:"" help:"导入数据"`
	Admin struct {
		Init         adminInitCommand    `cmd:"" help:"生成首个管理员的一次性邀请码"`
		End          adminEndCommand     `cmd:"" help:"终止一个账号的管理员职务（例如他在保管秘密表决的钥匙，服务因此不能启动）"`
		RotateLogKey rotateLogKeyCommand `cmd:"" name:"rotate-log-key" help:"换存证记录的签名密钥，并留下一条记录"`
	} `cmd:"" help:"管理员"`
	Lint    lintCommand    `cmd:"" help:"检查规则书（config/rules）"`
	Openapi openapiCommand `cmd:"" name:"openapi" help:"打印接口文档（OpenAPI 3.1）"`
	Backup  backupCommand  `cmd:"" help:"运行中备份：数据库、附件、存证检查点"`
	Restore restoreCommand `cmd:"" help:"恢复到空的地方"`
	Verify  verifyCommand  `cmd:"" help:"核对一个网站的存证记录：有没有被改动、倒填或删除"`
	Witness witnessCommand `cmd:"" help:"做见证人：为一个网站的存证检查点联署"`
	Trustee trusteeCommand `cmd:"" help:"秘密表决的保管人：做钥匙、拆外层、开内层、销毁（离线）"`
	Health  healthCommand  `cmd:"" help:"询问运行中的服务是否就绪"`
	Version versionCommand `cmd:"" help:"打印版本"`
}

// environment is what a command gets of the world.
type environment struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// errUsage marks a wrong command line: exit code 2.
var errUsage = errors.New("usage")

// run is main without the process: it parses, runs one command, and gives the
// exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("cunwu"), kong.Description("村务公开系统"), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exitCode(code)) }))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	kctx, code := parse(parser, args, stderr)
	if kctx == nil {
		return code
	}
	env := &environment{environ: environ, stdout: stdout, stderr: stderr}
	kctx.BindTo(ctx, (*context.Context)(nil))
	err = kctx.Run(env)
	switch {
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintln(stderr, "cunwu:", err)
		return 2
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "cunwu:", err)
		return 1
	}
	return 0
}

type exitCode int

// parse reads the command line. kong leaves through Exit for --help; the panic
// that stands for it is caught here.
func parse(parser *kong.Kong, args []string, stderr io.Writer) (kctx *kong.Context, code int) {
	defer func() {
		if r := recover(); r != nil {
			c, ok := r.(exitCode)
			if !ok {
				panic(r)
			}
			kctx, code = nil, int(c)
		}
	}()
	kctx, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "cunwu:", err)
		_, _ = fmt.Fprintln(stderr, "用法见 cunwu --help")
		return nil, 2
	}
	return kctx, 0
}
