package account

import (
	"context"
	"encoding/hex"
	"strconv"

	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ImportRoll reads a roll and says what it would change; with Apply, and if no
// row has a problem, it changes it in one transaction. People are known again
// by ID number, or by household number and name. ErrRollProblems comes with the
// preview; other errors: ErrRollFile, ErrRollTooLarge, ErrMayNot, ErrStale.
func (s *Service) ImportRoll(ctx context.Context, c Caller, act audit.Act, in RollImport) (RollPreview, error) {
	if err := s.isVillage(ctx, in.Village, region.ErrCode); err != nil {
		return RollPreview{}, err
	}
	g, err := s.May(c, powerImport, in.Village)
	if err != nil {
		return RollPreview{}, err
	}
	file, err := readSheet(in.Filename, in.File, s.o.Limits)
	if err != nil {
		return RollPreview{}, err
	}
	r, err := readRoll(file, in.Village, s.o.Clock.Now())
	if err != nil {
		return RollPreview{}, err
	}
	if !in.Apply || len(r.preview.Problems) > 0 {
		d, err := s.compare(ctx, s.store, r)
		if err == nil {
			r.preview = d.preview(r.preview)
		}
		if err == nil && in.Apply {
			err = problemsOf(r.preview)
		}
		return r.preview, err
	}
	var out RollPreview
	var dropped bool
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		if err := tx.LockPlace(ctx, in.Village); err != nil {
			return err
		}
		d, err := s.compare(ctx, tx, r)
		if err != nil {
			return err
		}
		out = d.preview(r.preview)
		if len(out.Problems) > 0 {
			return problemsOf(out)
		}
		dropped = len(d.changed) > 0 || in.MarkMissing && len(d.missing) > 0
		if err := s.apply(ctx, tx, d, in.MarkMissing); err != nil {
			return err
		}
		out.Applied = true
		err = s.record(ctx, tx, "roll.import", "region", string(in.Village), in.Village, map[string]string{
			"total": itoa(out.Total), "new": itoa(out.New), "changed": itoa(out.Changed), "missing": itoa(out.Missing),
			"marked": strconv.FormatBool(in.MarkMissing),
		})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	if dropped {
		s.cache.drop()
	}
	if err != nil {
		out.Applied = false
	}
	return out, err
}

// problemsOf turns the problems of a preview into a fault.
func problemsOf(p RollPreview) error {
	fields := make([]fault.Field, len(p.Problems))
	for i, v := range p.Problems {
		fields[i] = fault.Field{
			Location: "file.rows[" + itoa(v.Row) + "]." + v.Column,
			Message:  "第 " + itoa(v.Row) + " 行：" + v.Message,
		}
	}
	return ErrRollProblems.With(fields...)
}

// rollDiff is what an import changes.
type rollDiff struct {
	village    region.Code
	households []Household // to be added
	fresh      []Resident
	changed    []Resident // next revision
	missing    []Resident // on the roll, not in the file
	same       int
	problems   []RollProblem
}

func (d *rollDiff) preview(p RollPreview) RollPreview {
	p.New, p.Changed, p.Same, p.Missing = len(d.fresh), len(d.changed), d.same, len(d.missing)
	p.Problems = append(append([]RollProblem(nil), p.Problems...), d.problems...)
	return p
}

// onRoll is the roll as it is, by what people are known by.
type onRoll struct {
	byID     map[string]Resident // hex of IDMAC
	byName   map[string]Resident // household number + hex of NameMAC
	homes    map[string]string   // household number -> id
	rest     map[string]Resident // those not met yet
	lackings [columns]bool       // columns that the file does not have
}

// compare sets a file against the roll; everything is computed, nothing written.
func (s *Service) compare(ctx context.Context, r Reads, f *rollReading) (*rollDiff, error) {
	have, err := s.rollNow(ctx, r, f)
	if err != nil {
		return nil, err
	}
	d := &rollDiff{village: f.village}
	for _, e := range f.entries {
		if len(f.preview.Problems) > 0 && (e.secret.Name == "" || e.household == "") {
			continue
		}
		if err := s.compareEntry(d, have, e); err != nil {
			return nil, err
		}
	}
	for _, old := range have.rest {
		if old.State == OnRoll {
			d.missing = append(d.missing, old)
		}
	}
	return d, nil
}

func (s *Service) rollNow(ctx context.Context, r Reads, f *rollReading) (*onRoll, error) {
	homes, err := r.Households(ctx, f.village)
	if err != nil {
		return nil, err
	}
	people, err := r.Roll(ctx, f.village, true, "", 0)
	if err != nil {
		return nil, err
	}
	have := &onRoll{
		byID: map[string]Resident{}, byName: map[string]Resident{}, homes: map[string]string{}, rest: map[string]Resident{},
	}
	numbers := map[string]string{}
	for _, h := range homes {
		have.homes[h.Number], numbers[h.ID] = h.ID, h.Number
	}
	for c := range columns {
		have.lackings[c] = f.at[c] < 0
	}
	for _, p := range people {
		have.rest[p.ID] = p
		if len(p.IDMAC) > 0 {
			have.byID[hex.EncodeToString(p.IDMAC)] = p
		}
		key := numbers[p.HouseholdID] + hex.EncodeToString(p.NameMAC)
		// Of two of one name the one still here is meant.
		if old, taken := have.byName[key]; !taken || old.State == MovedOut {
			have.byName[key] = p
		}
	}
	return have, nil
}

// compareEntry finds the person a row means and what the row changes.
func (s *Service) compareEntry(d *rollDiff, have *onRoll, e entry) error {
	next := s.residentOf(d.village, e)
	home, known := have.homes[e.household]
	if !known {
		home = audit.NewID()
		have.homes[e.household] = home
		d.households = append(d.households, Household{ID: home, Village: d.village, Number: e.household, Group: e.group})
	}
	next.HouseholdID = home
	old, found := have.byID[hex.EncodeToString(next.IDMAC)]
	if !found {
		old, found = have.byName[e.household+hex.EncodeToString(next.NameMAC)]
		if found && len(old.IDMAC) > 0 && len(next.IDMAC) > 0 {
			d.problems = append(d.problems, RollProblem{
				Row: e.row, Column: columnNames[colID], Message: "名册里同一户已有同名的人，身份证号不一样，请核对。",
			})
			return nil
		}
	}
	if !found {
		next.ID, next.Revision = audit.NewID(), 1
		var err error
		next.Sealed, err = s.seal(SealedResident, next.ID, e.secret)
		d.fresh = append(d.fresh, next)
		return err
	}
	if _, waiting := have.rest[old.ID]; !waiting {
		d.problems = append(d.problems, RollProblem{
			Row: e.row, Column: columnNames[colName], Message: "和前面一行指的是名册里同一个人。",
		})
		return nil
	}
	delete(have.rest, old.ID)
	return s.compareKnown(d, have, old, next, e)
}

// compareKnown keeps what the file does not say and notes what it changes.
func (s *Service) compareKnown(d *rollDiff, have *onRoll, old, next Resident, e entry) error {
	var was residentSecret
	if err := s.open(SealedResident, old.ID, old.Sealed, &was); err != nil {
		return err
	}
	now := e.secret
	if have.lackings[colPhone] {
		now.Phone, next.PhoneMAC = was.Phone, old.PhoneMAC
	}
	if e.id == "" {
		now.Last4, now.Birth, next.IDMAC = was.Last4, was.Birth, old.IDMAC
		next.Last4MAC = s.last4MAC(d.village, now)
	}
	if have.lackings[colGroup] {
		next.Group = old.Group
	}
	// Without the hash of the number an entry that gained one would look the same.
	gained := len(old.IDMAC) == 0 && len(next.IDMAC) > 0
	if now == was && !gained && next.Group == old.Group && next.HouseholdID == old.HouseholdID && old.State == OnRoll {
		d.same++
		return nil
	}
	next.ID, next.Revision = old.ID, old.Revision+1
	var err error
	next.Sealed, err = s.seal(SealedResident, next.ID, now)
	d.changed = append(d.changed, next)
	return err
}

// residentOf gives a row with its hashes, without id and seal.
func (s *Service) residentOf(village region.Code, e entry) Resident {
	r := Resident{
		Village: village, Group: e.group, State: OnRoll,
		NameMAC: s.macOf(macName, village, e.secret.Name), Last4MAC: s.last4MAC(village, e.secret),
	}
	if e.secret.Phone != "" {
		r.PhoneMAC = s.macOf(macPhone, village, e.secret.Phone)
	}
	if e.id != "" {
		r.IDMAC = s.o.Sealer.MAC(macID, e.id)
	}
	return r
}

func (s *Service) last4MAC(village region.Code, secret residentSecret) []byte {
	if secret.Last4 == "" {
		return nil
	}
	return s.macOf(macLast4, village, secret.Name, secret.Last4)
}

// apply writes a difference.
func (s *Service) apply(ctx context.Context, tx Tx, d *rollDiff, markMissing bool) error {
	if err := tx.AddHouseholds(ctx, d.households); err != nil {
		return err
	}
	for i := range d.fresh {
		d.fresh[i].UpdatedAt = tx.Now()
	}
	if err := tx.AddResidents(ctx, d.fresh); err != nil {
		return err
	}
	for _, r := range d.changed {
		r.UpdatedAt = tx.Now()
		if err := tx.SaveResident(ctx, r); err != nil {
			return err
		}
	}
	if !markMissing {
		return nil
	}
	for _, r := range d.missing {
		r.State, r.UpdatedAt = MovedOut, tx.Now()
		r.Revision++
		if err := tx.SaveResident(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// Residents lists a village's roll, masked, for those who confirm bindings,
// import the roll, record kinship or appoint there. A name must match wholly.
func (s *Service) Residents(ctx context.Context, c Caller, q ResidentQuery) (ResidentPage, error) {
	if q.Village.Level() != region.Village {
		return ResidentPage{}, region.ErrCode
	}
	if err := s.maySeeRoll(c, q.Village); err != nil {
		return ResidentPage{}, err
	}
	limit := pageSize(q.Limit)
	var list []Resident
	var err error
	if q.Name == "" {
		list, err = s.store.Roll(ctx, q.Village, false, q.After, limit+1)
	} else {
		list, err = s.store.ResidentsNamed(ctx, q.Village, s.macOf(macName, q.Village, normalName(q.Name)))
	}
	if err != nil {
		return ResidentPage{}, err
	}
	var out ResidentPage
	if q.Name == "" && len(list) > limit {
		list = list[:limit]
		out.Next = list[limit-1].ID
	}
	out.Items, err = s.residentViews(ctx, q.Village, list)
	return out, err
}

func (s *Service) maySeeRoll(c Caller, village region.Code) error {
	err := error(ErrMayNot)
	for _, power := range []string{powerConfirm, powerImport, powerKinship, powerAppoint} {
		if _, err = s.May(c, power, village); err == nil {
			return nil
		}
		if fault.Of(err).Code != ErrMayNot.Code {
			return err
		}
	}
	return err
}

func (s *Service) residentViews(ctx context.Context, village region.Code, list []Resident) ([]ResidentView, error) {
	homes, err := s.store.Households(ctx, village)
	if err != nil {
		return nil, err
	}
	numbers := map[string]string{}
	for _, h := range homes {
		numbers[h.ID] = h.Number
	}
	out := make([]ResidentView, len(list))
	for i, r := range list {
		var secret residentSecret
		if err := s.open(SealedResident, r.ID, r.Sealed, &secret); err != nil {
			return nil, err
		}
		holder, err := s.accountOf(ctx, s.store, r.ID)
		if err != nil {
			return nil, err
		}
		out[i] = ResidentView{
			ID: r.ID, Name: MaskName(secret.Name), Phone: maskPhone(secret.Phone), Household: numbers[r.HouseholdID],
			Group: r.Group, State: r.State, Bound: holder != "",
		}
	}
	return out, nil
}
