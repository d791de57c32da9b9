package account

import (
	"context"
	"errors"
	"io"

	"cunwu/service/audit"
	"cunwu/service/region"
)

var errNotBuilt = errors.New("account: not built yet")

func (s *Service) Me(ctx context.Context, c Caller) (Me, error) { return Me{}, errNotBuilt }
func (s *Service) DisplayNames(ctx context.Context, accountIDs []string) (map[string]string, error) {
	return nil, errNotBuilt
}
func (s *Service) ImportRoll(ctx context.Context, c Caller, act audit.Act, in RollImport) (RollPreview, error) {
	return RollPreview{}, errNotBuilt
}
func (s *Service) Residents(ctx context.Context, c Caller, q ResidentQuery) (ResidentPage, error) {
	return ResidentPage{}, errNotBuilt
}
func (s *Service) AddKinship(ctx context.Context, c Caller, act audit.Act, in KinshipInput) (KinshipResult, error) {
	return KinshipResult{}, errNotBuilt
}
func (s *Service) BindResidency(ctx context.Context, c Caller, act audit.Act, in ResidencyInput) (Residency, error) {
	return Residency{}, errNotBuilt
}
func (s *Service) BindingTasks(ctx context.Context, c Caller, q BindingQuery) (BindingPage, error) {
	return BindingPage{}, errNotBuilt
}
func (s *Service) OpenRequest(ctx context.Context, c Caller, act audit.Act, id string) (RequestDetail, error) {
	return RequestDetail{}, errNotBuilt
}
func (s *Service) ConfirmRequest(ctx context.Context, c Caller, act audit.Act, in ConfirmInput) (BindingView, error) {
	return BindingView{}, errNotBuilt
}
func (s *Service) RefuseRequest(ctx context.Context, c Caller, act audit.Act, in DecisionInput) (BindingTask, error) {
	return BindingTask{}, errNotBuilt
}
func (s *Service) ConfirmBinding(ctx context.Context, c Caller, act audit.Act, id string) (BindingView, error) {
	return BindingView{}, errNotBuilt
}
func (s *Service) CountersignBinding(ctx context.Context, c Caller, act audit.Act, id string) (BindingView, error) {
	return BindingView{}, errNotBuilt
}
func (s *Service) EndBinding(ctx context.Context, c Caller, act audit.Act, in DecisionInput) error {
	return errNotBuilt
}
func (s *Service) Appoint(ctx context.Context, c Caller, act audit.Act, in AppointInput) (Appointed, error) {
	return Appointed{}, errNotBuilt
}
func (s *Service) ReissueInvite(ctx context.Context, c Caller, act audit.Act, id string) (Appointed, error) {
	return Appointed{}, errNotBuilt
}
func (s *Service) EndAppointment(ctx context.Context, c Caller, act audit.Act, in DecisionInput) (AppointmentView, error) {
	return AppointmentView{}, errNotBuilt
}
func (s *Service) RedeemInvite(ctx context.Context, c Caller, act audit.Act, code string) (AppointmentView, error) {
	return AppointmentView{}, errNotBuilt
}
func (s *Service) Appointments(ctx context.Context, c Caller, q AppointmentQuery) (AppointmentPage, error) {
	return AppointmentPage{}, errNotBuilt
}
func (s *Service) AdminInit(ctx context.Context, at region.Code) (string, error) {
	return "", errNotBuilt
}
func (s *Service) Notice() Notice { return s.o.Notices.InForce(s.o.Clock.Now()) }
func (s *Service) GiveConsent(ctx context.Context, c Caller, act audit.Act, in ConsentInput) (ConsentView, error) {
	return ConsentView{}, errNotBuilt
}
func (s *Service) WithdrawConsent(ctx context.Context, c Caller, act audit.Act, in ConsentInput) (ConsentView, error) {
	return ConsentView{}, errNotBuilt
}
func (s *Service) Consents(ctx context.Context, c Caller) ([]ConsentView, error) {
	return nil, errNotBuilt
}
func (s *Service) NeedConsent(c Caller) error                               { return errNotBuilt }
func (s *Service) Export(ctx context.Context, c Caller, w io.Writer) error  { return errNotBuilt }
func (s *Service) Close(ctx context.Context, c Caller, act audit.Act) error { return errNotBuilt }
func (s *Service) Reseal(ctx context.Context, batch int) (int, error)       { return 0, errNotBuilt }
func (s *Service) Sweep(ctx context.Context) (int, error)                   { return 0, errNotBuilt }
