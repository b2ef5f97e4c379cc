use arrowbox_sdk::{Error, Group, GroupedCall, GroupedMap, Options, Rows, grouped_map};

struct Fit {
    slope: f64,
}

struct Regression;

#[grouped_map]
impl GroupedMap for Regression {
    type Row = Fit;

    fn open(_: &GroupedCall, _: &Options) -> Result<Self, Error> {
        Ok(Self)
    }

    fn map(&mut self, _: &Group<'_>, out: &mut Rows<Fit>) -> Result<(), Error> {
        out.push(Fit { slope: 0.0 });
        Ok(())
    }
}

fn main() {}
