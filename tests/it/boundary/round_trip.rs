//! What a guest returns as it was given is what it was.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListViewArray};
use arrow::datatypes::{DataType, Field};
use arrowbox_tests::arrays::{Maker, Nulls, data_type, every_leaf};
use arrowbox_tests::engine::{self, Query, first_column};
use proptest::prelude::*;

use super::{column, scope};

/// The ways in which the guest `identity` returns its argument.
const WAYS: [&str; 3] = ["identity", "identity_sliced", "identity_rebuilt"];

/// The guest gives back these arrays, and the host finds nothing wrong with them.
fn check(way: &str, arrays: &[ArrayRef]) -> Result<(), TestCaseError> {
    let function = engine::function("identity", way);
    let scope = scope();
    for given in arrays {
        let name = format!("{way} of {} × {}", given.len(), given.data_type());
        let back = column(&function, &scope, given)
            .map_err(|error| TestCaseError::fail(format!("{name}: {}", engine::said(&error))))?;
        prop_assert_eq!(back.data_type(), given.data_type(), "{}", name);
        prop_assert_eq!(&back, given, "{}", name);
        if let Err(error) = back.to_data().validate_full() {
            return Err(TestCaseError::fail(format!("{name}: {error}")));
        }
    }
    Ok(())
}

fn nulls() -> impl Strategy<Value = Nulls> {
    prop::sample::select(vec![Nulls::None, Nulls::Few, Nulls::Most, Nulls::All])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any type, any data, whole and sliced, twice through the same instance.
    #[test]
    fn any_array_survives(
        data_type in data_type(),
        nulls in nulls(),
        seed in any::<u64>(),
        (before, len, after) in (0_usize..20, 0_usize..70, 0_usize..20),
        way in prop::sample::select(WAYS.to_vec()),
    ) {
        let mut maker = Maker::new(seed, nulls);
        let whole = maker.array(&data_type, len);
        let sliced = maker.sliced(&data_type, before, len, after);
        check(way, &[whole, sliced])?;
    }
}

/// Not left to chance: each type with a layout of its own, empty, with and without nulls, sliced.
#[test]
fn every_leaf_survives_in_every_state() {
    for data_type in every_leaf() {
        for nulls in [Nulls::None, Nulls::Few, Nulls::All] {
            let mut maker = Maker::new(7, nulls);
            let arrays = [
                maker.array(&data_type, 0),
                maker.array(&data_type, 1),
                maker.array(&data_type, 100),
                maker.sliced(&data_type, 3, 50, 9),
                maker.sliced(&data_type, 64, 8, 0),
            ];
            for way in WAYS {
                check(way, &arrays).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}

/// Through a whole plan, over several batches, and with everything that the planner does.
#[tokio::test]
async fn every_leaf_survives_a_query() {
    for data_type in every_leaf() {
        let mut maker = Maker::new(11, Nulls::Few);
        let batches: Vec<ArrayRef> = [5, 0, 300, 1]
            .map(|len| maker.array(&data_type, len))
            .to_vec();
        let expected = {
            let arrays: Vec<&dyn Array> = batches.iter().map(|array| array.as_ref()).collect();
            arrow::compute::concat(&arrays).unwrap()
        };
        let query = Query::new(1)
            .with(engine::function("identity", "identity"))
            .column("t", batches);
        let rows = query.rows("SELECT identity(x) FROM t").await;
        let rows = rows.unwrap_or_else(|error| panic!("{data_type}: {}", engine::said(&error)));
        assert_eq!(&first_column(&rows), &expected, "{data_type}");
    }
}

/// As many nulls as there are values, of any type, made by the guest.
#[test]
fn all_null_columns_of_any_type_come_back() {
    for data_type in every_leaf() {
        let function = engine::function("identity", "all_null");
        let given = Maker::new(3, Nulls::None).array(&data_type, 20);
        let back = column(&function, &scope(), &given)
            .unwrap_or_else(|error| panic!("{data_type}: {error}"));
        assert_eq!((back.len(), back.data_type()), (20, given.data_type()));
        assert_eq!(back.logical_null_count(), 20, "{data_type}");
    }
}

/// An empty list can begin anywhere, also where no other does.
#[test]
fn empty_lists_of_a_view_can_be_astray() {
    let item = || Arc::new(Field::new("item", DataType::Int64, true));
    let values = || Arc::new(Int64Array::from_iter_values(0..10)) as ArrayRef;
    for (offsets, sizes) in [
        (vec![10, 0, 3], vec![0, 2, 1]),
        (vec![0, 10, 7], vec![0, 0, 0]),
        (vec![9, 4, 2, 10], vec![0, 3, 2, 0]),
    ] {
        let views = ListViewArray::new(item(), offsets.into(), sizes.into(), values(), None);
        let whole: ArrayRef = Arc::new(views);
        for way in WAYS {
            check(way, &[whole.clone(), whole.slice(1, 2)])
                .unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// A schema that nobody would write, and a guest must not choke on.
#[test]
fn a_type_in_a_type_in_a_type_survives() {
    let mut deep = DataType::Int32;
    for _ in 0..20 {
        deep = DataType::List(Field::new("item", deep, true).into());
    }
    let given = Maker::new(5, Nulls::Few).array(&deep, 10);
    check("identity", &[given]).unwrap_or_else(|error| panic!("{error}"));
}
