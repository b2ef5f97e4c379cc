//! The functions of a guest, found by name and held to their types.

use wasmtime::{
    Store,
    component::{
        ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower, ResourceAny, TypedFunc,
    },
};

use super::{
    instance::Guest,
    wire::{
        Batch, Description, Emit, Error, Exactness, Field, Filters, Groups, Options, Request, Split,
    },
};

/// What one function of a guest takes and gives.
pub(super) type Call<P, R> = TypedFunc<P, (R,)>;

type Opened = Result<ResourceAny, Error>;
type Schema = Vec<Field>;

/// The version of the contract that names carry.
const VERSION: &str = "0.1.0";

/// Declares interfaces, each with its functions: their names in the contract, what they take and what they give.
macro_rules! exports {
    ($($interface:ident: $Interface:ident = $name:literal {
        $($function:ident = $export:literal ($($param:ty),*) -> $result:ty;)*
    })*) => {
        /// The functions of every guest, in an instance.
        pub(super) struct Exports {
            $(pub(super) $interface: $Interface,)*
            /// In the native lane.
            pub(super) allocate: Option<Call<(u32, u32), u32>>,
        }

        /// Where a component has its functions.
        pub(super) struct Places {
            $($interface: places::$Interface,)*
            allocate: Option<ComponentExportIndex>,
        }

        mod places {
            use super::ComponentExportIndex;

            $(pub(super) struct $Interface { $(pub(super) $function: ComponentExportIndex,)* })*
        }

        $(
            #[doc = concat!("The functions of `", $name, "`.")]
            pub(super) struct $Interface {
                $(pub(super) $function: Call<($($param,)*), $result>,)*
            }
        )*

        impl Places {
            /// Finds every function by its name.
            pub(super) fn find(component: &InstancePre<Guest>) -> wasmtime::Result<Self> {
                let component = component.component();
                let place = |interface: &str, function: &str| {
                    let name = format!("arrowbox:udf/{interface}@{VERSION}");
                    let index = component
                        .get_export_index(None, name.as_str())
                        .ok_or_else(|| wasmtime::format_err!("it does not export `{name}`"))?;
                    component
                        .get_export_index(Some(&index), function)
                        .ok_or_else(|| wasmtime::format_err!("its `{name}` has no `{function}`"))
                };
                Ok(Self {
                    $($interface: places::$Interface {
                        $($function: place($name, $export)?,)*
                    },)*
                    allocate: place("memory", "allocate").ok(),
                })
            }

            /// The functions in an instance, if they have the types of the contract.
            pub(super) fn load(
                &self,
                instance: &wasmtime::component::Instance,
                store: &mut Store<Guest>,
            ) -> wasmtime::Result<Exports> {
                Ok(Exports {
                    $($interface: $Interface {
                        $($function: typed(instance, store, &self.$interface.$function)?,)*
                    },)*
                    allocate: match &self.allocate {
                        Some(place) => Some(typed(instance, store, place)?),
                        None => None,
                    },
                })
            }
        }
    };
}

fn typed<P, R>(
    instance: &wasmtime::component::Instance,
    store: &mut Store<Guest>,
    place: &ComponentExportIndex,
) -> wasmtime::Result<TypedFunc<P, R>>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    instance.get_typed_func(store, place)
}

exports! {
    library: Library = "library" {
        describe = "describe" () -> Description;
    }
    scalar: Scalar = "scalar" {
        open = "[static]scalar-function.open" (String, Schema, Options) -> Opened;
        result = "[method]scalar-function.result" (ResourceAny) -> Schema;
        invoke = "[method]scalar-function.invoke" (ResourceAny, Batch) -> Result<Batch, Error>;
    }
    aggregate: Aggregate = "aggregate" {
        open = "[static]accumulator.open" (String, Schema, Options) -> Opened;
        result = "[method]accumulator.result" (ResourceAny) -> Schema;
        state_schema = "[method]accumulator.state-schema" (ResourceAny) -> Schema;
        retractable = "[method]accumulator.retractable" (ResourceAny) -> bool;
        update = "[method]accumulator.update" (ResourceAny, Batch, u64) -> Result<(), Error>;
        retract = "[method]accumulator.retract" (ResourceAny, Batch, u64) -> Result<(), Error>;
        merge = "[method]accumulator.merge" (ResourceAny, Batch, u64) -> Result<(), Error>;
        convert = "[method]accumulator.convert" (ResourceAny, Batch) -> Result<Batch, Error>;
        state = "[method]accumulator.state" (ResourceAny, Emit) -> Result<Batch, Error>;
        evaluate = "[method]accumulator.evaluate" (ResourceAny, Emit) -> Result<Batch, Error>;
        peek = "[method]accumulator.peek" (ResourceAny) -> Result<Batch, Error>;
    }
    window: Window = "window" {
        open = "[static]window-function.open" (String, Schema, Options) -> Opened;
        result = "[method]window-function.result" (ResourceAny) -> Schema;
        incremental = "[method]window-function.incremental" (ResourceAny) -> bool;
        evaluate = "[method]window-function.evaluate" (ResourceAny, Batch) -> Result<Batch, Error>;
        push = "[method]window-function.push" (ResourceAny, Batch, bool) -> Result<Batch, Error>;
    }
    table: Table = "table" {
        open = "[static]table-function.open" (String, Schema, Options) -> Opened;
        result = "[method]table-function.result" (ResourceAny) -> Schema;
        push = "[method]table-function.push" (ResourceAny, Batch) -> Result<(), Error>;
        next = "[method]table-function.next" (ResourceAny) -> Result<Option<Batch>, Error>;
    }
    map_batches: MapBatches = "map-batches" {
        open = "[static]batch-mapper.open" (String, Schema, Schema, Batch, Options) -> Opened;
        result = "[method]batch-mapper.result" (ResourceAny) -> Schema;
        push = "[method]batch-mapper.push" (ResourceAny, Batch) -> Result<(), Error>;
        finish = "[method]batch-mapper.finish" (ResourceAny) -> Result<(), Error>;
        next = "[method]batch-mapper.next" (ResourceAny) -> Result<Option<Batch>, Error>;
    }
    grouped: Grouped = "grouped" {
        open = "[static]group-mapper.open" (String, Vec<Schema>, Vec<Vec<u32>>, Schema, Batch, Options) -> Opened;
        result = "[method]group-mapper.result" (ResourceAny) -> Schema;
        push = "[method]group-mapper.push" (ResourceAny, Vec<Groups>, bool) -> Result<(), Error>;
        next = "[method]group-mapper.next" (ResourceAny) -> Result<Option<Batch>, Error>;
    }
    reader: Reader = "reader" {
        open = "[static]table-reader.open" (String, Options) -> Opened;
        result = "[method]table-reader.result" (ResourceAny) -> Schema;
        exactness = "[method]table-reader.exactness" (ResourceAny, Filters) -> Result<Vec<Exactness>, Error>;
        plan = "[method]table-reader.plan" (ResourceAny, Request) -> Result<Vec<Split>, Error>;
        read = "[method]table-reader.read" (ResourceAny, Split, Request) -> Opened;
        next = "[method]split-reader.next" (ResourceAny) -> Result<Option<Batch>, Error>;
    }
    writer: Writer = "writer" {
        open = "[static]table-writer.open" (String, Schema, Options) -> Opened;
        partition = "[method]table-writer.partition" (ResourceAny, u32) -> Opened;
        commit = "[method]table-writer.commit" (ResourceAny, Vec<Vec<u8>>) -> Result<(), Error>;
        write = "[method]partition-writer.write" (ResourceAny, Batch) -> Result<(), Error>;
        finish = "[method]partition-writer.finish" (ResourceAny) -> Result<Vec<u8>, Error>;
    }
}
