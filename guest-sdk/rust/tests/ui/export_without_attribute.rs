struct Gcd;

arrowbox_sdk::export!(Gcd);

fn main() {}
