package repository

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"
	"text/template"
)

// Each step is one text, written once and rendered for each engine, so that the
// two schemas cannot drift apart. The renderings are kept under
// migrations/testdata for review.
//
//go:embed migrations/*.sql.tmpl
var migrationTexts embed.FS

// columnTypes are the macros of the migration texts. Keys and codes are binary
// on the MySQL protocol: its character columns ignore trailing spaces and
// refuse to be compared with text outside of their set, and binary ones behave
// as SQLite's do. Str and Text hold what people write.
type columnTypes struct {
	Engine    string
	Key       string // id of 26 characters
	Code      string // region code
	Millis    string // unix ms
	Int       string // any other integer, 64 bit
	Text      string // long text
	Blob      string // bytes up to 16 MB
	Serial    string // the whole primary key column: never reused, counting up
	Table     string // after the closing parenthesis
	Clustered string // the same, for tables stored in the order of their primary key
	text      string
}

// Str is text people write, of at most n characters.
func (c columnTypes) Str(n int) string { return c.sized("VARCHAR(%d)", n) }

// ASCII is machine text compared bytewise, of at most n bytes.
func (c columnTypes) ASCII(n int) string { return c.sized("VARBINARY(%d)", n) }

// Bin is at most n bytes.
func (c columnTypes) Bin(n int) string {
	if c.Engine == "sqlite" {
		return "BLOB"
	}
	return fmt.Sprintf("VARBINARY(%d)", n)
}

func (c columnTypes) sized(form string, n int) string {
	if c.text != "" {
		return c.text
	}
	return fmt.Sprintf(form, n)
}

var typesOf = map[string]columnTypes{
	"sqlite": {
		Engine: "sqlite", Key: "TEXT", Code: "TEXT", Millis: "INTEGER", Int: "INTEGER", Text: "TEXT", Blob: "BLOB",
		Serial: "INTEGER PRIMARY KEY AUTOINCREMENT", Table: "STRICT", Clustered: "STRICT, WITHOUT ROWID", text: "TEXT",
	},
	"mysql": {
		Engine: "mysql", Key: "VARBINARY(26)", Code: "VARBINARY(14)", Millis: "BIGINT", Int: "BIGINT",
		Text: "MEDIUMTEXT", Blob: "MEDIUMBLOB", Serial: "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
		Table:     "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
		Clustered: "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
	},
}

// renderMigrations gives the steps for an engine as goose reads them, by file
// name.
func renderMigrations(engine string) (fstest.MapFS, error) {
	names, err := fs.Glob(migrationTexts, "migrations/*.sql.tmpl")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		text, err := migrationTexts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		t, err := template.New(path.Base(name)).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("migration text: %w", err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, typesOf[engine]); err != nil {
			return nil, fmt.Errorf("migration text: %w", err)
		}
		out[strings.TrimSuffix(path.Base(name), ".tmpl")] = &fstest.MapFile{Data: b.Bytes()}
	}
	return out, nil
}

// SchemaDigest names the schema that the steps make on an engine, in
// hexadecimal: other texts have another digest. It is for those who keep a
// ready-made schema.
func SchemaDigest(engine string) (string, error) {
	texts, err := renderMigrations(engine)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(texts[name].Data), texts[name].Data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
