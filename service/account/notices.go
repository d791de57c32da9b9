package account

import (
	"fmt"
	"io/fs"
	"time"

	"cunwu/service/calendar"
)

// Notice is one version of a notice that people agree to. Text is Markdown.
type Notice struct {
	Code      string
	Version   int
	Effective time.Time
	Title     string
	Changes   string // what is new, in one sentence
	Text      string
}

// Notices are the versions of the privacy notice, oldest first.
type Notices struct {
	versions []Notice
}

// PrivacyNotice is the code of the notice that binding to the roll needs.
const PrivacyNotice = "privacy"

type noticesFile struct {
	Code     string `yaml:"code"`
	Title    string `yaml:"title"`
	Source   string `yaml:"source"`
	Versions []struct {
		Version   int    `yaml:"version"`
		Effective string `yaml:"effective"`
		File      string `yaml:"file"`
		Changes   string `yaml:"changes"`
	} `yaml:"versions"`
}

// ParseNotices reads privacy.yaml and the texts it names, strictly. Versions
// count up from 1 and their dates rise.
func ParseNotices(fsys fs.FS) (*Notices, error) {
	data, err := fs.ReadFile(fsys, "privacy.yaml")
	if err != nil {
		return nil, fmt.Errorf("account: notices: %w", err)
	}
	var f noticesFile
	if err := decodeStrict(data, &f); err != nil {
		return nil, fmt.Errorf("account: notices: %w", err)
	}
	if f.Code != PrivacyNotice || f.Title == "" || f.Source == "" || len(f.Versions) == 0 {
		return nil, fmt.Errorf("account: notices: needs code %q, title, source and versions", PrivacyNotice)
	}
	n := &Notices{}
	for i, v := range f.Versions {
		text, err := fs.ReadFile(fsys, v.File)
		if err != nil {
			return nil, fmt.Errorf("account: notices: version %d: %w", v.Version, err)
		}
		from, err := time.ParseInLocation(time.DateOnly, v.Effective, calendar.China)
		if err != nil {
			return nil, fmt.Errorf("account: notices: version %d: %w", v.Version, err)
		}
		if v.Version != i+1 || i > 0 && !from.After(n.versions[i-1].Effective) || len(text) == 0 {
			return nil, fmt.Errorf("account: notices: version %d is out of order or empty", v.Version)
		}
		n.versions = append(n.versions, Notice{
			Code: f.Code, Version: v.Version, Effective: from, Title: f.Title, Changes: v.Changes, Text: string(text),
		})
	}
	return n, nil
}

// InForce gives the newest version in effect at a time; before the first takes
// effect, the first.
func (n *Notices) InForce(now time.Time) Notice {
	in := n.versions[0]
	for _, v := range n.versions[1:] {
		if now.Before(v.Effective) {
			break
		}
		in = v
	}
	return in
}
