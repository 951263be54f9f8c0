//! Options that take more than one shape.

/// Options that take more than one shape are shown as `raw`.
macro_rules! raw_schema {
    ($type:ty) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"x-type": "raw"})
            }
        }
    };
}

pub(super) use raw_schema;
