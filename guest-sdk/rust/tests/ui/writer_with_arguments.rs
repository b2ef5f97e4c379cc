use arrowbox_sdk::array::RecordBatch;
use arrowbox_sdk::datatypes::Schema;
use arrowbox_sdk::{Error, Options, PartitionWriter, Writer, writer};

struct Nowhere;

#[writer(arguments("Int64"))]
impl Writer for Nowhere {
    type Partition = Self;

    fn open(_: &Schema, _: &Options) -> Result<Self, Error> {
        Ok(Self)
    }

    fn partition(&self, _: u32) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl PartitionWriter for Nowhere {
    fn write(&mut self, _: RecordBatch) -> Result<(), Error> {
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }
}

fn main() {}
