module conformance

go 1.24

require arrowbox v0.1.0

replace arrowbox => ../../../guest-sdk/go
