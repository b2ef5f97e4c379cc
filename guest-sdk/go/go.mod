module arrowbox

go 1.24
