use super::*;

/// Numbers in an order of their own, from zero to one.
fn scattered(count: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let next = |_| {
        // The generator of Knuth's MMIX.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(next).collect()
}

fn digest(numbers: &[f64]) -> Digest {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let ones = vec![1.0; sorted.len()];
    Digest::merge(Centroids::new(&[], &[]), Centroids::new(&sorted, &ones))
}

fn range(numbers: &[f64]) -> (f64, f64) {
    let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (min, max)
}

/// Between which parts of the numbers `number` lies.
fn ranks(sorted: &[f64], number: f64) -> (f64, f64) {
    let count = sorted.len() as f64;
    let below = sorted.partition_point(|&other| other < number) as f64;
    let not_above = sorted.partition_point(|&other| other <= number) as f64;
    (below / count, not_above / count)
}

/// How far the rank of what is given for a quantile is from it, at most.
fn tolerance(q: f64) -> f64 {
    0.0005 + 0.02 * (q * (1.0 - q)).sqrt() / 2.0
}

fn check(numbers: &[f64], digest: &Digest, name: &str) {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    for q in [
        0.0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1.0,
    ] {
        let found = digest.centroids().quantile(q, range(numbers));
        let (from, to) = ranks(&sorted, found);
        let error = (from - q).max(q - to);
        assert!(
            error <= tolerance(q),
            "{name}, {q}: {found} has {from} to {to}"
        );
    }
}

#[test]
fn quantiles_of_many_numbers_are_near() {
    let uniform = scattered(100_000);
    let cases: [(&str, Vec<f64>); 5] = [
        ("ascending", (0..100_000).map(f64::from).collect()),
        ("descending", (0..100_000).rev().map(f64::from).collect()),
        ("skewed", uniform.iter().map(|x| (x * 20.0).exp()).collect()),
        (
            "far apart",
            uniform.iter().map(|x| (x - 0.5) * f64::MAX).collect(),
        ),
        ("uniform", uniform),
    ];
    for (name, numbers) in cases {
        check(&numbers, &digest(&numbers), name);

        // The same in pieces.
        let mut merged = digest(&[]);
        for piece in numbers.chunks(777) {
            merged = Digest::merge(merged.centroids(), digest(piece).centroids());
            assert!(merged.means().is_sorted(), "{name}");
        }
        assert_eq!(merged.centroids().weight(), 100_000.0, "{name}");
        check(&numbers, &merged, name);
    }
}

#[test]
fn few_numbers_are_kept_and_their_quantiles_are_exact() {
    let numbers: Vec<f64> = (0..=30).map(f64::from).collect();
    let digest = digest(&numbers);
    assert_eq!(digest.means(), numbers);
    for q in [0.0, 0.1, 0.25, 0.5, 0.99, 1.0] {
        let found = digest.centroids().quantile(q, (0.0, 30.0));
        assert!((found - 30.0 * q).abs() < 1e-12, "{q}: {found}");
    }
}

#[test]
fn few_values_have_quantiles_near_them() {
    let numbers: Vec<f64> = (0..7000).map(|n| f64::from(n / 1000)).collect();
    let digest = digest(&numbers);
    for (q, expected) in [
        (0.05, 0.0),
        (0.22, 1.0),
        (0.5, 3.0),
        (0.8, 5.0),
        (0.99, 6.0),
    ] {
        let found = digest.centroids().quantile(q, (0.0, 6.0));
        assert!((found - expected).abs() < 0.01, "{q}: {found}");
    }
}

#[test]
fn equal_numbers_have_themselves_as_quantiles() {
    for number in [0.1, -7.3e300, f64::MAX, f64::MIN_POSITIVE] {
        let numbers = vec![number; 10_000];
        let digest = digest(&numbers);
        for q in [0.0, 0.3, 0.5, 1.0] {
            assert_eq!(digest.centroids().quantile(q, (number, number)), number);
        }
    }
}

#[test]
fn centroids_are_as_many_as_there_is_room_for() {
    for count in [1, 2, 31, 100, 1_000, 10_000, 1_000_000] {
        let digest = digest(&scattered(count));
        assert!(digest.length <= CENTROIDS, "{count}: {}", digest.length);
        assert!(digest.length >= count.min(45), "{count}: {}", digest.length);
        assert_eq!(digest.centroids().weight(), count as f64);
    }
}

#[test]
fn a_step_is_one_of_the_scale() {
    let k = |q: f64| 100.0 / (2.0 * std::f64::consts::PI) * (2.0 * q - 1.0).asin();
    for q in [0.0, 0.001, 0.2, 0.5, 0.77, 0.99] {
        let found = k(step(q)) - k(q);
        assert!((found - 1.0).abs() < 1e-6, "{q}: {found}");
    }
    assert_eq!(step(0.9999), 1.0);
    assert_eq!(step(1.0), 1.0);
}
