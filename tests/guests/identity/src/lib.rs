//! Functions that return what they are given, in various ways, and functions that make values of every type
//! that has a layout of its own. The integration tests send all types of data through them.

mod given;
mod made;

pub use given::{all_null, identity, identity_constant, identity_rebuilt, identity_sliced};
pub use made::{
    make_binary_view, make_boolean, make_dense_union, make_dictionary, make_empty_struct,
    make_fixed_size_binary, make_fixed_size_list, make_large_list, make_list, make_list_view,
    make_map, make_null, make_runs, make_sparse_union, make_struct, make_view,
};

arrowbox_sdk::export!(
    identity,
    identity_sliced,
    identity_rebuilt,
    identity_constant,
    all_null,
    make_null,
    make_boolean,
    make_fixed_size_binary,
    make_view,
    make_binary_view,
    make_list,
    make_large_list,
    make_list_view,
    make_fixed_size_list,
    make_struct,
    make_empty_struct,
    make_map,
    make_dense_union,
    make_sparse_union,
    make_dictionary,
    make_runs,
);
