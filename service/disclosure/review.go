package disclosure

import (
	"fmt"
	"slices"
	"strings"

	"cunwu/service/procedure"
)

// approve is the action by which the supervisory committee agrees.
const approve = "approve"

// checkSeen demands that who approves has marked every attachment as looked at:
// scans and photos are where private data hides. Whoever may not know of the
// draft is told nothing of it: the procedure refuses them.
func (m *move) checkSeen(in procedure.Input) error {
	if in.Action != approve || !m.s.knowsDrafts(m.by, m.rec.Region) {
		return nil
	}
	var w wrongs
	for i, id := range in.Media {
		if !slices.Contains(m.content.Media, id) {
			w.add(fmt.Sprintf("body.media[%d]", i), "这不是本条公开的附件，请刷新后再审查。")
		}
	}
	if len(w) > 0 {
		return w.err()
	}
	var unseen []string
	for i, id := range m.content.Media {
		if slices.Contains(in.Media, id) {
			continue
		}
		name := fmt.Sprintf("第 %d 个附件", i+1)
		if o, ok := m.objects[id]; ok && o.FileName != "" {
			name = o.FileName
		}
		unseen = append(unseen, name)
	}
	if len(unseen) > 0 {
		return ErrUnseen.At("body.media", "还有 %d 个附件没有逐个查看：%s。", len(unseen), strings.Join(unseen, "、"))
	}
	return nil
}
