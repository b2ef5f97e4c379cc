//! How functions of each kind are opened.

use crate::function::{Function, Open};
use crate::{CogroupedMap, GroupedMap, MapBatches, Reader, Writer};
use crate::{grouped, map_batches, reader, writer};

/// For `#[scalar]`.
pub const fn scalar<F: crate::Scalar>() -> Open {
    Open::Scalar(|arguments, options| {
        Ok(Box::new(crate::scalar::Opened::<F>::new(
            arguments, options,
        )?))
    })
}

/// For `#[aggregate]`.
pub const fn aggregate<F: crate::aggregate::Aggregate>() -> Open {
    Open::Aggregate(|arguments, options| {
        Ok(Box::new(crate::aggregate::Opened::<F>::new(
            arguments, options,
        )?))
    })
}

/// For `#[window]`.
pub const fn window<F: crate::window::Window>() -> Open {
    Open::Window(|arguments, options| {
        Ok(Box::new(crate::window::Opened::<F>::new(
            arguments, options,
        )?))
    })
}

/// For `#[table]`.
pub const fn table<F: crate::table::Table>() -> Open {
    Open::Table(|_, options| Ok(F::open(options)?.start()))
}

/// For `#[map_batches]`.
pub const fn map_batches<F: MapBatches>() -> Open {
    Open::MapBatches(|call, options| Ok(Box::new(map_batches::Opened::<F>::new(&call, options)?)))
}

/// For `#[grouped_map]`.
pub const fn grouped_map<F: GroupedMap + Function>() -> Open {
    Open::GroupedMap(|call, options| grouped::open_grouped::<F>(call, options, F::ENTRY.name))
}

/// For `#[cogrouped_map]`.
pub const fn cogrouped_map<F: CogroupedMap + Function>() -> Open {
    Open::CogroupedMap(|call, options| grouped::open_cogrouped::<F>(call, options, F::ENTRY.name))
}

/// For `#[reader]`.
pub const fn reader<F: Reader>() -> Open {
    Open::Reader(|options| Ok(Box::new(reader::Opened::<F>::new(options)?)))
}

/// For `#[writer]`.
pub const fn writer<F: Writer>() -> Open {
    Open::Writer(writer::open::<F>)
}
