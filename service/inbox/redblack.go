package inbox

import (
	"context"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

const redblackPrefix = "redblack."

// Entries knows whom a matter of the red and black list concerns.
type Entries interface {
	// People gives the accounts of whom it is about, once told, and of who said so,
	// "" where there is none or the matter is over.
	People(ctx context.Context, entryID string) (person, maker string, err error)
}

// toPerson are the sentences to whom a matter is about, by the action. None says
// what it is about: a message is read on screens that others see.
var toPerson = map[string][2]string{
	"tell":           {"有一件与您有关的事要听您说明", "三日内可以说明，说明会放在旁边。点开看。"},
	"educate":        {"与您有关的事开始教育帮助", "改了就不上榜。点开看。"},
	"reply_paper":    {"您的说明登记了", "点开看写得对不对。"},
	"note":           {"与您有关的事有新的记录", "点开看。"},
	"ask":            {"有人提名您上红榜，请您答复", "愿不愿意、公布不公布姓名，由您定；不答复就不上榜。"},
	"give_notice":    {"与您有关的事开始公示", "不写姓名。不服可以申诉，申诉期间不展示。点开看。"},
	"consent_paper":  {"您的同意登记了", "随时可以撤回。点开看。"},
	"list":           {"与您有关的一条上榜了", "点开看展示到哪一天、怎样下榜、怎样申诉。"},
	"claim_kept":     {"您说的改正登记了", "一个工作日内核实。"},
	"not_mended":     {"您说的改正没有核实", "点开看理由，不服可以申诉。"},
	"suspend":        {"与您有关的一条先撤下来了", "核实以前不展示。"},
	"refuse":         {"您的申诉有了结果", "点开看理由和接着怎么办。"},
	"escalate":       {"您的申诉交到了乡镇", "处理期间不展示。"},
	"resume":         {"与您有关的一条恢复了", "点开看展示到哪一天。"},
	"propose_naming": {"村里提出公布您的姓名", "没有复核以前不公布。点开看依据。"},
	"approve_naming": {"您的姓名对本村认证村民公布了", "不服可以申诉，一申诉就撤下。"},
	"stop_naming":    {"您的姓名不再公布", ""},
}

// ofEnd is the sentence to whom a matter was about, by the state in which it
// ended. After it, nothing of the matter is left in the inbox.
var ofEnd = map[redblack.State][2]string{
	redblack.Corrected: {"与您有关的一件事了结了：已经改正", "不上榜，有关的内容删掉了。"},
	redblack.Expired:   {"与您有关的一条到期下榜了", "有关的内容删掉了。"},
	redblack.Rejected:  {"与您有关的一件事了结了：没有上榜", "有关的内容删掉了。"},
	redblack.Declined:  {"与您有关的一条按您的意思没有上榜", "有关的内容删掉了。"},
	redblack.Revoked:   {"与您有关的一条撤销了", "不该上榜的已经撤下，有关的内容删掉了。"},
}

// boardWork are the sentences to those who have to do something, by the action
// and, after a bar, the list, where it differs.
var boardWork = map[string]struct {
	level region.Level
	roles []account.Role
	say   [2]string
}{
	"nominated":        {region.Village, boardKeepers, [2]string{"有一条红榜提名等您核实", "请在期限内核实。"}},
	"reported":         {region.Village, boardKeepers, [2]string{"有一条反映等您核实", "请在期限内核实，不要让别人看到。"}},
	"turned":           {region.Village, councilRoles, [2]string{"有一条红榜提名等您评议", "点开评议。本人和近亲属回避。"}},
	"verify|red":       {region.Village, councilRoles, [2]string{"有一条红榜提名等您评议", "点开评议。本人和近亲属回避。"}},
	"to_council":       {region.Village, councilRoles, [2]string{"有一件事等您评议", "点开评议。本人和近亲属回避。"}},
	"back":             {region.Village, councilRoles, [2]string{"有一件事退回评议会重议", "点开再评议一次。"}},
	"adopt":            {region.Village, boardDeputies, [2]string{"有一件事听取村民代表意见", "点开说赞成还是反对。"}},
	"reply":            {region.Village, boardKeepers, [2]string{"当事人说明了", "请接着教育帮助。"}},
	"consent":          {region.Village, boardKeepers, [2]string{"当事人同意上红榜，开始公示", "公示期满没有异议再张贴。"}},
	"object":           {region.Village, boardKeepers, [2]string{"公示收到异议", "处理完才能上榜。"}},
	"claim":            {region.Village, boardKeepers, [2]string{"当事人说已经改正", "请在一个工作日内核实，过时自动撤下。"}},
	"suspend":          {region.Village, boardKeepers, [2]string{"有一条没有按时核实改正，先撤下来了", "请核实。"}},
	"appeal":           {region.Village, boardJudges, [2]string{"有一件申诉等您处理", "五日内处理，过时自动交乡镇。处理期间不展示。"}},
	"propose_naming":   {region.Village, boardJudges, [2]string{"有一条点名等您复核", "每一个条件都满足才可以。"}},
	"escalate":         {region.Township, boardTownship, [2]string{"有一件红黑榜申诉交到乡镇", "十日内处理。处理期间不展示。"}},
	"appeal_on":        {region.Township, boardTownship, [2]string{"有一件红黑榜申诉交到乡镇", "十日内处理。处理期间不展示。"}},
	"withdraw_consent": {region.Village, boardKeepers, [2]string{"当事人撤回了姓名和照片", "张贴的也请当天取下。"}},
	"remove_me":        {region.Village, boardKeepers, [2]string{"当事人不愿再上榜", "张贴的也请当天取下。"}},
	"expire":           {region.Village, boardKeepers, [2]string{"有一条到期下榜", "张贴的也请当天取下。"}},
}

var (
	boardKeepers  = []account.Role{account.Clerk, account.Director}
	councilRoles  = []account.Role{account.Council}
	boardDeputies = []account.Role{account.Representative}
	boardJudges   = []account.Role{account.Supervisor, fourPost}
	boardTownship = []account.Role{account.TownshipRole}
)

// voices are what is said of a matter while it stays where it is: who has to say
// something still has to.
var voices = map[string]bool{"vote": true, "consult": true, "object": true, "note": true, "agree_naming": true}

// redblackPurpose gives the template of what is told of the lists.
func redblackPurpose(kind string) (p Purpose, told bool) {
	what, ok := strings.CutPrefix(kind, redblackPrefix)
	if !ok {
		return "", false
	}
	return ForNews, redblack.StepName(what) != ""
}

// tellOfEntry tells whom it is about, who said so, and those who have to do
// something. No text names anybody or says what it is about.
func (s *Service) tellOfEntry(ctx context.Context, tx Tx, e outbox.Event) error {
	what := strings.TrimPrefix(e.Kind, redblackPrefix)
	if what == "announced" || s.o.Entries == nil {
		return nil
	}
	person, maker, err := s.o.Entries.People(ctx, e.Subject)
	if err != nil {
		return err
	}
	if err := s.tellBoardWork(ctx, tx, e, what, person); err != nil {
		return err
	}
	if redblack.State(e.Facts["state"]).Ended() {
		return s.tellEnded(ctx, tx, e)
	}
	if maker != "" && maker != person && redblack.State(e.Facts["state"]) == redblack.Listed && what == "list" && e.Facts["list"] == string(redblack.Red) {
		n := notice{Matter: madeMatter(e.Subject), Title: "您提名的一条上红榜了", Body: "点开看。", Link: entryPath(e.Subject), For: ForAnswers}
		if err := s.tell(ctx, tx, e, n, []string{maker}); err != nil {
			return err
		}
	}
	w := toPerson[what]
	if w[0] == "" || person == "" {
		return nil
	}
	// The person hears of it even where an officer's act was their own.
	n := notice{Matter: personMatter(e.Subject), Title: w[0], Body: w[1], Link: entryPath(e.Subject), For: ForAnswers}
	return s.tell(ctx, tx, e, n, []string{person})
}

// tellBoardWork tells those who have to do something; the person, who may hold the
// office, hears of it as the person alone.
func (s *Service) tellBoardWork(ctx context.Context, tx Tx, e outbox.Event, what, person string) error {
	w, ok := boardWork[what+"|"+e.Facts["list"]]
	if !ok {
		w, ok = boardWork[what]
	}
	if !ok {
		return nil
	}
	place, err := s.placeName(ctx, e.Region)
	if err != nil {
		return err
	}
	who, err := tx.OfficeAccounts(ctx, e.Region.At(w.level), w.roles)
	if err != nil {
		return err
	}
	n := notice{Matter: workOn(e.Subject), Title: place + w.say[0], Body: w.say[1], Link: entryPath(e.Subject), For: ForTasks}
	if redblack.State(e.Facts["state"]).Ended() {
		n.Matter, n.Link = boardMatter(e.Region), redblack.Path(e.Region)
		e.Subject = ""
	}
	return s.tell(ctx, tx, e, n, without(who, person))
}

// tellEnded tells whom it was about that it is over, and takes away what the
// inbox said of the matter to anybody: who was told of it by it is known from
// there alone, since the entry knows nobody any more.
func (s *Service) tellEnded(ctx context.Context, tx Tx, e outbox.Event) error {
	told, err := tx.AccountsTold(ctx, e.Subject, personMatter(e.Subject))
	if err != nil {
		return err
	}
	if err := tx.ForgetSubject(ctx, e.Subject); err != nil {
		return err
	}
	w := ofEnd[redblack.State(e.Facts["state"])]
	n := notice{Matter: boardMatter(e.Region) + "/own", Title: w[0], Body: w[1], Link: redblack.Path(e.Region), For: ForAnswers, Many: "与您有关的 %d 件事了结了"}
	e.Subject = ""
	return s.tell(ctx, tx, e, n, told)
}

// tellReaders tells all who could have seen an entry, with accounts above after:
// of an apology everybody whom the entry reached, of the rules the villagers.
func (s *Service) tellReaders(ctx context.Context, tx Tx, e outbox.Event, after string) (string, error) {
	apology := e.Facts["list"] == string(redblack.Black) && redblack.State(e.Facts["state"]) == redblack.Revoked
	if e.Kind != redblackPrefix+"announced" && !apology {
		return "", nil
	}
	place, err := s.placeName(ctx, e.Region)
	if err != nil {
		return "", err
	}
	who, err := tx.VillagerAccounts(ctx, e.Region, after, spreadRows)
	if err != nil {
		return "", err
	}
	n := notice{Matter: boardMatter(e.Region) + "/rules", Title: place + "公布了红黑榜的规则", Body: "点开看哪些条款会上榜、怎样提异议和申诉。", Link: redblack.Path(e.Region)}
	if apology {
		n.Matter, n.Title, n.Body = boardMatter(e.Region)+"/apology", place+"撤销了一条黑榜，公开道歉", "不该公示的已经撤下，请不要再议论。"
		e.Subject = ""
	}
	if e.Actor == "" {
		e.Actor = audit.System
	}
	return lastOf(who), s.tell(ctx, tx, e, n, who)
}

func personMatter(entry string) string { return "entry/" + entry + "/about" }

func madeMatter(entry string) string { return "entry/" + entry + "/made" }

func boardMatter(village region.Code) string { return "boards/" + string(village) }

// entryPath is the page of an entry.
func entryPath(entry string) string { return "/e/" + entry }
