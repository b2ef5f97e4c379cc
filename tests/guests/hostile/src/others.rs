//! The kinds of functions that this component has none of.

use crate::Hostile;

/// What can not be opened.
pub(crate) enum Never {}

mod aggregate {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::aggregate::{
        Accumulator, Batch, Emit, Error, Guest, GuestAccumulator, Options, Schema,
    };

    impl Guest for Hostile {
        type Accumulator = Never;
    }

    impl GuestAccumulator for Never {
        fn open(_: String, _: Schema, _: Options) -> Result<Accumulator, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn state_schema(&self) -> Schema {
            match *self {}
        }
        fn retractable(&self) -> bool {
            match *self {}
        }
        fn update(&self, _: Batch, _: u64) -> Result<(), Error> {
            match *self {}
        }
        fn retract(&self, _: Batch, _: u64) -> Result<(), Error> {
            match *self {}
        }
        fn merge(&self, _: Batch, _: u64) -> Result<(), Error> {
            match *self {}
        }
        fn convert(&self, _: Batch) -> Result<Batch, Error> {
            match *self {}
        }
        fn state(&self, _: Emit) -> Result<Batch, Error> {
            match *self {}
        }
        fn evaluate(&self, _: Emit) -> Result<Batch, Error> {
            match *self {}
        }
        fn peek(&self) -> Result<Batch, Error> {
            match *self {}
        }
    }
}

mod window {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::window::{
        Batch, Error, Guest, GuestWindowFunction, Options, Schema, WindowFunction,
    };

    impl Guest for Hostile {
        type WindowFunction = Never;
    }

    impl GuestWindowFunction for Never {
        fn open(_: String, _: Schema, _: Options) -> Result<WindowFunction, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn incremental(&self) -> bool {
            match *self {}
        }
        fn evaluate(&self, _: Batch) -> Result<Batch, Error> {
            match *self {}
        }
        fn push(&self, _: Batch, _: bool) -> Result<Batch, Error> {
            match *self {}
        }
    }
}

mod table {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::table::{
        Batch, Error, Guest, GuestTableFunction, Options, Schema, TableFunction,
    };

    impl Guest for Hostile {
        type TableFunction = Never;
    }

    impl GuestTableFunction for Never {
        fn open(_: String, _: Schema, _: Options) -> Result<TableFunction, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn push(&self, _: Batch) -> Result<(), Error> {
            match *self {}
        }
        fn next(&self) -> Result<Option<Batch>, Error> {
            match *self {}
        }
    }
}

mod map_batches {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::map_batches::{
        Batch, BatchMapper, Error, Guest, GuestBatchMapper, Options, Schema,
    };

    impl Guest for Hostile {
        type BatchMapper = Never;
    }

    impl GuestBatchMapper for Never {
        fn open(
            _: String,
            _: Schema,
            _: Schema,
            _: Batch,
            _: Options,
        ) -> Result<BatchMapper, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn push(&self, _: Batch) -> Result<(), Error> {
            match *self {}
        }
        fn finish(&self) -> Result<(), Error> {
            match *self {}
        }
        fn next(&self) -> Result<Option<Batch>, Error> {
            match *self {}
        }
    }
}

mod grouped {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::grouped::{
        Batch, Error, GroupMapper, Groups, Guest, GuestGroupMapper, Options, Schema,
    };

    impl Guest for Hostile {
        type GroupMapper = Never;
    }

    impl GuestGroupMapper for Never {
        fn open(
            _: String,
            _: Vec<Schema>,
            _: Vec<Vec<u32>>,
            _: Schema,
            _: Batch,
            _: Options,
        ) -> Result<GroupMapper, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn push(&self, _: Vec<Groups>, _: bool) -> Result<(), Error> {
            match *self {}
        }
        fn next(&self) -> Result<Option<Batch>, Error> {
            match *self {}
        }
    }
}

mod reader {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::reader::{
        Batch, Error, Exactness, Filters, Guest, GuestSplitReader, GuestTableReader, Options,
        Request, Schema, Split, SplitReader, TableReader,
    };

    impl Guest for Hostile {
        type TableReader = Never;
        type SplitReader = Never;
    }

    impl GuestTableReader for Never {
        fn open(_: String, _: Options) -> Result<TableReader, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn result(&self) -> Schema {
            match *self {}
        }
        fn exactness(&self, _: Filters) -> Result<Vec<Exactness>, Error> {
            match *self {}
        }
        fn plan(&self, _: Request) -> Result<Vec<Split>, Error> {
            match *self {}
        }
        fn read(&self, _: Split, _: Request) -> Result<SplitReader, Error> {
            match *self {}
        }
    }

    impl GuestSplitReader for Never {
        fn next(&self) -> Result<Option<Batch>, Error> {
            match *self {}
        }
    }
}

mod writer {
    use super::{Hostile, Never};
    use crate::bindings::exports::arrowbox::udf::writer::{
        Batch, Error, Guest, GuestPartitionWriter, GuestTableWriter, Options, PartitionWriter,
        Schema, TableWriter,
    };

    impl Guest for Hostile {
        type TableWriter = Never;
        type PartitionWriter = Never;
    }

    impl GuestTableWriter for Never {
        fn open(_: String, _: Schema, _: Options) -> Result<TableWriter, Error> {
            Err(Error {
                message: "no such function".to_owned(),
                row: None,
            })
        }
        fn partition(&self, _: u32) -> Result<PartitionWriter, Error> {
            match *self {}
        }
        fn commit(&self, _: Vec<Vec<u8>>) -> Result<(), Error> {
            match *self {}
        }
    }

    impl GuestPartitionWriter for Never {
        fn write(&self, _: Batch) -> Result<(), Error> {
            match *self {}
        }
        fn finish(&self) -> Result<Vec<u8>, Error> {
            match *self {}
        }
    }
}
