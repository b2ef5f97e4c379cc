/// Makes a component of functions: `export!(gcd, haversine);`, once in a crate.
///
/// Functions of the same name are one function that can be called in several ways. In the crate's tests a
/// test is added that describes all of them as the host will see them.
#[macro_export]
macro_rules! export {
    ($($function:ty),+ $(,)?) => {
        const _: () = {
            struct Component;

            impl $crate::__private::Library for Component {
                const ENTRIES: &'static [$crate::__private::Entry] =
                    &[$(<$function as $crate::__private::Function>::ENTRY),+];
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };

        #[cfg(test)]
        #[test]
        fn exported_functions_can_be_described() {
            $crate::__private::describe(&[$(<$function as $crate::__private::Function>::ENTRY),+]);
        }
    };
}
