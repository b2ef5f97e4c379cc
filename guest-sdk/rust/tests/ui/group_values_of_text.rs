use arrowbox_sdk::Group;

fn texts(group: &Group<'_>) -> usize {
    group.values::<String>(0).map_or(0, |texts| texts.len())
}

fn main() {}
