use arrowbox_sdk::datatypes::SchemaRef;
use arrowbox_sdk::{Batches, Error, Options, Reader, Request, Rows, Split};

struct Nothing;

impl Reader for Nothing {
    fn open(_: &Options) -> Result<Self, Error> {
        Ok(Self)
    }

    fn schema(&self) -> SchemaRef {
        Rows::<i64>::schema()
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        Ok(Vec::new())
    }

    fn read(&self, _: &Split, _: &Request) -> Result<Batches, Error> {
        Ok(Batches::default())
    }
}

arrowbox_sdk::export!(Nothing);

fn main() {}
