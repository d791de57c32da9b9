package record

// SM2Type is the signature type of SM2 in verifier lines.
const SM2Type = algSM2

// Times of checkpoints.
const (
	LookEvery = lookEvery
	SignEvery = signEvery
)
