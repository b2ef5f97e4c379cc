module bench

go 1.24

require (
	arrowbox v0.1.0
	geometric-mean v0.0.0
)

replace (
	arrowbox => ../../../guest-sdk/go
	geometric-mean => ../../../examples/geometric-mean/go
)
