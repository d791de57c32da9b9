package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"cunwu/service/audit"
)

// RulesSetting keeps the digest of the rule book that was recorded last. Its
// row is there from the beginning, to be locked.
const RulesSetting = "record.rules"

// maxRuleFiles bounds how many files a leaf names one by one: it must stay
// under MaxLeaf.
const maxRuleFiles = 30

// RuleFiles gives the hex SHA-256 of every file of a rule book by its name,
// programs and README.md left out: they are not rules.
// Where there are too many for one leaf, the files of a folder count as one,
// "folder/": SHA-256 over the lines "digest name" of its files, sorted by name.
func RuleFiles(book fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(book, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".go" || path.Base(name) == "README.md" {
			return err
		}
		raw, err := fs.ReadFile(book, name)
		sum := sha256.Sum256(raw)
		files[name] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record: read the rule book: %w", err)
	}
	if len(files) > maxRuleFiles {
		return byFolder(files), nil
	}
	return files, nil
}

func byFolder(files map[string]string) map[string]string {
	text := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text[path.Dir(name)+"/"] += files[name] + " " + name + "\n"
	}
	out := map[string]string{}
	for folder, lines := range text {
		sum := sha256.Sum256([]byte(lines))
		out[folder] = hex.EncodeToString(sum[:])
	}
	return out
}

// NoteRules leaves a leaf of the rule book in force, where it differs from
// the one recorded last. It reports whether it did.
func NoteRules(ctx context.Context, j Journal, book fs.FS) (bool, error) {
	files, err := RuleFiles(book)
	if err != nil {
		return false, err
	}
	canonical, err := Canonical(files)
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(canonical)
	digest := hex.EncodeToString(sum[:])
	if last, _, err := j.Setting(ctx, RulesSetting); err != nil || last == digest {
		return false, err
	}
	changed := false
	err = j.InTx(ctx, audit.BySystem("rule book"), func(tx JournalTx) error {
		last, err := tx.SettingForUpdate(ctx, RulesSetting)
		changed = last != digest
		if err != nil || !changed {
			return err
		}
		if err := tx.PutSetting(ctx, RulesSetting, digest); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{Action: "rules.version", Object: "rules", ObjectID: digest}); err != nil {
			return err
		}
		_, err = Append(ctx, tx, Leaf{Kind: KindRules, Facts: map[string]any{"files": files}})
		return err
	})
	return changed && err == nil, err
}
