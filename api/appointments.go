package api

import (
	"context"
	"net/http"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Appointment is who holds which office where, from when to when.
type Appointment struct {
	ID        string      `json:"id"`
	Role      string      `json:"role" example:"supervisor"`
	RoleName  string      `json:"role_name" example:"监委会主任"`
	Region    region.Code `json:"region"`
	Name      string      `json:"name" doc:"隐去中间的字；邀请码还没用时为空"`
	State     string      `json:"state" enum:"offered,upcoming,active,ended"`
	Start     string      `json:"start" format:"date"`
	End       string      `json:"end" format:"date" doc:"这一天起不再担任"`
	EndReason string      `json:"end_reason,omitempty"`
	Available []available `json:"available_actions"`
}

func showAppointment(v account.AppointmentView) Appointment {
	out := Appointment{
		ID: v.ID, Role: string(v.Role), RoleName: v.RoleName, Region: v.Region, Name: v.Name, State: v.State,
		Start: day(v.Start), End: day(v.End), EndReason: v.EndReason, Available: []available{},
	}
	if v.MayEnd {
		out.Available = append(out.Available, available{Action: "end", Name: "提前结束任职", Fields: []field{{Code: "reason", Name: "原因", Required: true, Max: 200}}})
		if v.State == "offered" {
			out.Available = append(out.Available, available{Action: "reissue", Name: "重发邀请码"})
		}
	}
	return out
}

func day(t time.Time) string { return t.In(calendar.China).Format("2006-01-02") }

// appointed is a made appointment, with the invite code where one was asked for.
type appointed struct {
	Appointment
	InviteCode string   `json:"invite_code,omitempty" doc:"只给这一次，请当面交给本人"`
	Advice     []string `json:"advice,omitempty" doc:"规则不禁止、但提醒注意的"`
}

func showAppointed(v account.Appointed) appointed {
	return appointed{Appointment: showAppointment(v.Appointment), InviteCode: v.InviteCode, Advice: v.Advice}
}

// date reads a day in China.
func date(location, s string) (time.Time, error) {
	t, err := time.ParseInLocation("2006-01-02", s, calendar.China)
	if err != nil {
		return time.Time{}, fault.ErrInvalid.At(location, "日期格式不对，应如 2026-01-31")
	}
	return t, nil
}

func (a *API) mountAppointments() {
	type made struct {
		Body struct {
			Role       string      `json:"role" minLength:"1" maxLength:"40" example:"clerk"`
			Region     region.Code `json:"region" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" example:"510821102200"`
			ResidentID string      `json:"resident_id,omitempty" maxLength:"40" doc:"名册上的人；与 invite 二选一"`
			Invite     bool        `json:"invite,omitempty" doc:"发一个邀请码，谁登录后填码谁就任"`
			Start      string      `json:"start" format:"date"`
			End        string      `json:"end" format:"date" doc:"任期必须有结束的一天"`
		}
	}
	write(a, route{
		id: "appoint", path: "/appointments", tag: "任职", access: signedIn, status: http.StatusCreated,
		summary: "任命：谁在哪里任什么职、从哪天到哪天", detail: "每一级任命下一级。任期到了自动结束，不用谁来取消。回避规定在这里把关。",
		example: map[string]any{"role": "council", "region": "510821102200", "invite": true, "start": "2026-01-01", "end": "2031-01-01"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *made) (account.Appointed, error) {
		b := in.Body
		start, err := date("body.start", b.Start)
		if err != nil {
			return account.Appointed{}, err
		}
		end, err := date("body.end", b.End)
		if err != nil {
			return account.Appointed{}, err
		}
		return a.accounts.Appoint(ctx, c, act, account.AppointInput{
			Role: account.Role(b.Role), Region: b.Region, ResidentID: b.ResidentID, Invite: b.Invite, Start: start, End: end,
		})
	}, showAppointed)
	write(a, route{
		id: "act-on-appointment", path: "/appointments/{id}/actions", tag: "任职", access: signedIn,
		summary: "提前结束任职，或重发邀请码", example: map[string]any{"action": "end", "reason": "本人辞职，村民会议已同意。"},
	}, a.actOnAppointment, showAppointed)
	type query struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" example:"510821102200"`
		Cursor string `query:"cursor" pattern:"^([a-z2-7]{26})?$" patternDescription:"上一页的 next_cursor"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{id: "list-appointments", path: "/appointments", tag: "任职", access: signedIn, summary: "一个地方的任职名单"},
		func(ctx context.Context, c account.Caller, in *query) (list[Appointment], error) {
			p, err := a.accounts.Appointments(ctx, c, account.AppointmentQuery{Region: region.Code(in.Region), After: in.Cursor, Limit: in.Limit})
			return list[Appointment]{Items: mapped(p.Items, showAppointment), Next: p.Next}, err
		})
	type redeem struct {
		Body struct {
			Code string `json:"code" minLength:"1" maxLength:"100" doc:"邀请码"`
		}
	}
	write(a, route{
		id: "redeem-invite", path: "/me/appointments", tag: "任职", access: signedIn, summary: "用邀请码就任",
		example: map[string]any{"code": "邀请码"},
	},
		func(ctx context.Context, c account.Caller, act audit.Act, in *redeem) (account.AppointmentView, error) {
			return a.accounts.RedeemInvite(ctx, c, act, in.Body.Code)
		}, showAppointment)
}

// appointmentAction is a step on an appointment.
type appointmentAction struct {
	IDPath
	Body struct {
		Action string `json:"action" enum:"end,reissue"`
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

func (a *API) actOnAppointment(ctx context.Context, c account.Caller, act audit.Act, in *appointmentAction) (account.Appointed, error) {
	if in.Body.Action == "reissue" {
		return a.accounts.ReissueInvite(ctx, c, act, in.ID)
	}
	// The service answers with the view; the door's answer has one shape for
	// both actions, so the receipt is rendered from the view.
	if act.Receipt != nil {
		act.Receipt.Encode = receipt(requestFrom(ctx), http.StatusOK, func(v account.AppointmentView) appointed {
			return showAppointed(account.Appointed{Appointment: v})
		}).Encode
	}
	v, err := a.accounts.EndAppointment(ctx, c, act, account.DecisionInput{ID: in.ID, Reason: in.Body.Reason})
	return account.Appointed{Appointment: v}, err
}
