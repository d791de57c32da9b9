package repository

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	protocol "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

const (
	mysqlConns = 32
	// migrationTimeout bounds one statement of DDL and the wait for another
	// instance that migrates.
	migrationTimeout = 10 * time.Minute
	migrationLock    = "cunwu.migrate"
)

// mysqlDialect is any server of the MySQL protocol with InnoDB or its like.
type mysqlDialect struct {
	config *protocol.Config
	conns  int
}

func newMySQL(o Options) (dialect, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User == nil || strings.Trim(u.Path, "/") == "" {
		return nil, errors.New("database address: want mysql://user:password@host:port/database")
	}
	for k := range u.Query() {
		if k != "tls" {
			return nil, fmt.Errorf("database address: unknown parameter %q", k)
		}
	}
	c := protocol.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net = "tcp"
	c.Addr = u.Host
	if u.Port() == "" {
		c.Addr += ":3306"
	}
	c.DBName = strings.Trim(u.Path, "/")
	c.TLSConfig = u.Query().Get("tls")
	c.Collation = "utf8mb4_bin"
	c.Timeout, c.ReadTimeout, c.WriteTimeout = o.ConnectTimeout, o.ReadTimeout, o.WriteTimeout
	c.Logger = &protocol.NopLogger{} // what it would print comes back as an error
	c.ParseTime = true
	c.ClientFoundRows = true // an update that changes nothing must still count its row
	c.InterpolateParams = true
	c.Params = map[string]string{
		"sql_mode": "'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		// Shorter than the read time-out, so that a lock wait ends as an error
		// that says so and not as a lost connection.
		"innodb_lock_wait_timeout": "1",
	}
	conns := o.MaxConns
	if conns <= 0 {
		conns = mysqlConns
	}
	return &mysqlDialect{config: c, conns: conns}, nil
}

func (*mysqlDialect) name() string { return "mysql" }

func (m *mysqlDialect) open(ctx context.Context) (write, read *gorm.DB, err error) {
	pool, err := m.pool(m.config)
	if err != nil {
		return nil, nil, err
	}
	pool.SetMaxOpenConns(m.conns)
	pool.SetMaxIdleConns(m.conns)
	pool.SetConnMaxLifetime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, nil, errors.Join(translate(m, err), pool.Close())
	}
	d := remote{Dialector: &mysql.Dialector{Config: &mysql.Config{
		Conn: pool, DSNConfig: m.config, DontSupportRenameIndex: true, DontSupportRenameColumn: true,
	}}, d: m}
	// Parameters are interpolated by the driver: as fast as prepared statements
	// and nothing to prepare again after a failover.
	g, err := gorm.Open(d, gormConfig(false))
	if err != nil {
		return nil, nil, errors.Join(translate(m, err), pool.Close())
	}
	return g, g, nil
}

func (m *mysqlDialect) pool(c *protocol.Config) (*sql.DB, error) {
	conn, err := protocol.NewConnector(c)
	if err != nil {
		return nil, errors.New("database address: cannot be used") // the cause may show the password
	}
	return sql.OpenDB(readCommitted{conn}), nil
}

// readCommitted sets the isolation once per connection. It is no DSN variable
// because MySQL 8 and MariaDB name it differently.
type readCommitted struct{ driver.Connector }

// Connect opens a connection and sets it.
func (r readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	x, ok := c.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("mysql driver cannot execute"), c.Close())
	}
	if _, err := x.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// check refuses servers that acknowledge what they may lose. Galera is refused
// because it loses committed writes even when healthy.
func (*mysqlDialect) check(ctx context.Context, g *gorm.DB) error {
	rows, err := g.WithContext(ctx).Raw("SHOW VARIABLES WHERE Variable_name IN (?)", []string{
		"innodb_flush_log_at_trx_commit", "log_bin", "sync_binlog", "wsrep_on",
	}).Rows()
	if err != nil {
		return fmt.Errorf("read the server's settings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	have := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return fmt.Errorf("read the server's settings: %w", err)
		}
		have[strings.ToLower(k)] = strings.ToUpper(v)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the server's settings: %w", err)
	}
	return safeMySQL(have)
}

func safeMySQL(have map[string]string) error {
	switch {
	case have["innodb_flush_log_at_trx_commit"] != "1":
		return fmt.Errorf("%w: innodb_flush_log_at_trx_commit is %q, must be 1", ErrUnsafe, have["innodb_flush_log_at_trx_commit"])
	case have["log_bin"] == "ON" && have["sync_binlog"] != "1":
		return fmt.Errorf("%w: sync_binlog is %q, must be 1", ErrUnsafe, have["sync_binlog"])
	case have["wsrep_on"] == "ON":
		return fmt.Errorf("%w: Galera (wsrep_on) is not supported", ErrUnsafe)
	}
	return nil
}

func (*mysqlDialect) classify(err error) failure {
	if errors.Is(err, protocol.ErrInvalidConn) {
		return away
	}
	var e *protocol.MySQLError
	if !errors.As(err, &e) {
		return otherwise
	}
	switch e.Number {
	case 1062, 1586: // duplicate entry
		return duplicate
	case 1213, 1205, 1020: // deadlock, lock wait, record changed since read
		return rerun
	case 1114, 1021: // table full, disk full
		return full
	case 1030: // storage engine error; 28 is ENOSPC
		if strings.Contains(e.Message, "error 28") {
			return full
		}
		return away
	case 1040, 1203, 1226, // too many connections
		1053, 1317, 1927, 3024, 1969, // shutdown, interrupted, killed, too slow
		1290, 1836, 1792: // became read-only
		return away
	}
	return otherwise
}

// migrating uses connections of its own, for DDL outlives the usual time-outs,
// and a named lock that ends with its connection.
func (m *mysqlDialect) migrating(ctx context.Context, _ *gorm.DB, f func(*sql.DB) error) (err error) {
	c := m.config.Clone()
	c.ReadTimeout, c.WriteTimeout = migrationTimeout, migrationTimeout
	pool, err := m.pool(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return translate(m, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var got sql.NullInt64
	name := migrationLock + "." + m.config.DBName
	if len(name) > 64 { // the server's limit on lock names
		name = name[:64]
	}
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", name, int(migrationTimeout.Seconds())-5).Scan(&got); err != nil {
		return translate(m, err)
	}
	if got.Int64 != 1 {
		return errors.New("another instance has been migrating for too long")
	}
	// The pool is closed on return, which frees the lock on every path.
	return f(pool)
}

// remote is gorm's MySQL dialector with our errors.
type remote struct {
	*mysql.Dialector
	d dialect
}

// Translate makes gorm hand out our errors.
func (r remote) Translate(err error) error { return translate(r.d, err) }
