use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Int64Array};
use arrowbox_sdk::{Scalar, testing};

use super::*;
use crate::given::{identity, identity_rebuilt, identity_sliced};

/// What `F` makes of some numbers is valid, of the declared type, and survives the functions that return
/// what they are given.
fn check<F: Scalar>() {
    let numbers = [0, 1, 2, 3, 3, 3, 4, -5, -5, 7];
    let numbers = numbers.map(|n| (n != 4).then_some(n));
    for numbers in [&numbers[..], &numbers[..1], &[]] {
        let numbers: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
        let made = testing::call::<F>(&[Arc::clone(&numbers)]).unwrap();
        made.to_data().validate_full().unwrap();
        assert_eq!(made.len(), numbers.len());
        let returned = [
            testing::call::<identity>(&[Arc::clone(&made)]),
            testing::call::<identity_rebuilt>(&[Arc::clone(&made)]),
            testing::call::<identity_sliced>(&[Arc::clone(&made)]),
        ];
        for returned in returned {
            assert_eq!(returned.unwrap().to_data(), made.to_data(), "{}", F::NAME);
        }
    }
}

macro_rules! cases {
    ($($function:ident)*) => {$(
        #[test]
        fn $function() {
            check::<super::$function>();
        }
    )*};
}

cases! {
    make_null make_boolean make_fixed_size_binary make_view make_binary_view make_list make_large_list
    make_list_view make_fixed_size_list make_struct make_empty_struct make_map make_dense_union
    make_sparse_union make_dictionary make_runs
}
