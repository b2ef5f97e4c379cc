//! What a plan's node measured, on its way to the coordinator.

use std::{borrow::Cow, sync::Arc, time::Duration};

use arrow::temporal_conversions::timestamp_ns_to_datetime;
use datafusion::physical_plan::metrics::{
    Count, CustomMetricValue, Gauge, Label, Metric, MetricCategory, MetricType, MetricValue,
    MetricsSet, PruningMetrics, RatioMergeStrategy, RatioMetrics, Time, Timestamp,
};
use datafusion_distributed::{
    AvgLatencyMetric, BytesCounterMetric, FirstLatencyMetric, MaxGaugeMetric, MaxLatencyMetric,
    MinLatencyMetric, P50LatencyMetric, P75LatencyMetric, P95LatencyMetric, P99LatencyMetric,
};
use serde::{Deserialize, Serialize};

/// The metrics of one node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WireMetrics(Vec<WireMetric>);

impl WireMetrics {
    /// As they are at this moment.
    pub fn of(metrics: &MetricsSet) -> Self {
        Self(
            metrics
                .iter()
                .map(|metric| WireMetric::of(metric))
                .collect(),
        )
    }

    /// As the engine has them.
    pub fn into_set(self) -> MetricsSet {
        let mut set = MetricsSet::new();
        for metric in self.0 {
            set.push(Arc::new(metric.into_metric()));
        }
        set
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WireMetric {
    value: Value,
    labels: Vec<(String, String)>,
    partition: Option<u64>,
    summary: bool,
    category: Option<Category>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Category {
    Rows,
    Bytes,
    Timing,
    Uncategorized,
}

/// Times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Value {
    OutputRows(u64),
    ElapsedCompute(u64),
    SpillCount(u64),
    SpilledBytes(u64),
    OutputBytes(u64),
    OutputBatches(u64),
    SpilledRows(u64),
    CurrentMemoryUsage(u64),
    Count(String, u64),
    Gauge(String, u64),
    PeakMemoryUsage(String, u64),
    Time(String, u64),
    Start(Option<i64>),
    End(Option<i64>),
    Pruning {
        name: String,
        pruned: u64,
        matched: u64,
        fully: u64,
    },
    Ratio {
        name: String,
        part: u64,
        total: u64,
        merge: Merge,
        raw: bool,
    },
    MinLatency(String, u64),
    MaxLatency(String, u64),
    AvgLatency(String, u64, u64),
    FirstLatency(String, u64),
    BytesCounter(String, u64),
    MaxGauge(String, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Merge {
    AddAdd,
    AddSet,
    SetAdd,
}

impl WireMetric {
    fn of(metric: &Metric) -> Self {
        let label = |label: &Label| (label.name().to_owned(), label.value().to_owned());
        Self {
            value: Value::of(metric.value()),
            labels: metric.labels().iter().map(label).collect(),
            partition: metric.partition().map(|partition| partition as u64),
            summary: metric.metric_type() == MetricType::Summary,
            category: metric.metric_category().map(|category| match category {
                MetricCategory::Rows => Category::Rows,
                MetricCategory::Bytes => Category::Bytes,
                MetricCategory::Timing => Category::Timing,
                MetricCategory::Uncategorized => Category::Uncategorized,
            }),
        }
    }

    fn into_metric(self) -> Metric {
        let labels = self.labels.into_iter();
        let labels = labels
            .map(|(name, value)| Label::new(name, value))
            .collect();
        let partition = self.partition.map(|partition| partition as usize);
        let metric = Metric::new_with_labels(self.value.into_value(), partition, labels);
        let metric = metric.with_type(match self.summary {
            true => MetricType::Summary,
            false => MetricType::Dev,
        });
        match self.category {
            None => metric,
            Some(category) => metric.with_category(match category {
                Category::Rows => MetricCategory::Rows,
                Category::Bytes => MetricCategory::Bytes,
                Category::Timing => MetricCategory::Timing,
                Category::Uncategorized => MetricCategory::Uncategorized,
            }),
        }
    }
}

impl Value {
    fn of(value: &MetricValue) -> Self {
        match value {
            MetricValue::OutputRows(count) => Self::OutputRows(counted(count)),
            MetricValue::ElapsedCompute(time) => Self::ElapsedCompute(taken(time)),
            MetricValue::SpillCount(count) => Self::SpillCount(counted(count)),
            MetricValue::SpilledBytes(count) => Self::SpilledBytes(counted(count)),
            MetricValue::OutputBytes(count) => Self::OutputBytes(counted(count)),
            MetricValue::OutputBatches(count) => Self::OutputBatches(counted(count)),
            MetricValue::SpilledRows(count) => Self::SpilledRows(counted(count)),
            MetricValue::CurrentMemoryUsage(gauge) => Self::CurrentMemoryUsage(shown(gauge)),
            MetricValue::Count { name, count } => Self::Count(name.to_string(), counted(count)),
            MetricValue::Gauge { name, gauge } => Self::Gauge(name.to_string(), shown(gauge)),
            MetricValue::PeakMemoryUsage { name, gauge } => {
                Self::PeakMemoryUsage(name.to_string(), shown(gauge))
            }
            MetricValue::Time { name, time } => Self::Time(name.to_string(), taken(time)),
            MetricValue::StartTimestamp(at) => Self::Start(nanos(at)),
            MetricValue::EndTimestamp(at) => Self::End(nanos(at)),
            MetricValue::PruningMetrics {
                name,
                pruning_metrics,
            } => Self::Pruning {
                name: name.to_string(),
                pruned: pruning_metrics.pruned() as u64,
                matched: pruning_metrics.matched() as u64,
                fully: pruning_metrics.fully_matched() as u64,
            },
            MetricValue::Ratio {
                name,
                ratio_metrics,
            } => Self::Ratio {
                name: name.to_string(),
                part: ratio_metrics.part() as u64,
                total: ratio_metrics.total() as u64,
                merge: match ratio_metrics.merge_strategy() {
                    RatioMergeStrategy::AddPartAddTotal => Merge::AddAdd,
                    RatioMergeStrategy::AddPartSetTotal => Merge::AddSet,
                    RatioMergeStrategy::SetPartAddTotal => Merge::SetAdd,
                },
                raw: ratio_metrics.display_raw_values(),
            },
            MetricValue::Custom { name, value } => Self::custom(name.to_string(), value.as_ref()),
        }
    }

    fn custom(name: String, value: &dyn CustomMetricValue) -> Self {
        let number = value.as_usize() as u64;
        let value = value.as_any();
        if value.is::<MinLatencyMetric>() {
            Self::MinLatency(name, number)
        } else if value.is::<MaxLatencyMetric>() {
            Self::MaxLatency(name, number)
        } else if let Some(average) = value.downcast_ref::<AvgLatencyMetric>() {
            Self::AvgLatency(name, average.nanos_sum() as u64, average.count() as u64)
        } else if value.is::<FirstLatencyMetric>() {
            Self::FirstLatency(name, number)
        } else if value.is::<BytesCounterMetric>() {
            Self::BytesCounter(name, number)
        } else if value.is::<MaxGaugeMetric>() {
            Self::MaxGauge(name, number)
        // Sketches of percentiles have types that can not be named here: an average of the percentiles,
        // weighed by how much each has seen, is as near as it gets.
        } else if let Some(percentile) = value.downcast_ref::<P50LatencyMetric>() {
            Self::weighed(name, number, percentile.count())
        } else if let Some(percentile) = value.downcast_ref::<P75LatencyMetric>() {
            Self::weighed(name, number, percentile.count())
        } else if let Some(percentile) = value.downcast_ref::<P95LatencyMetric>() {
            Self::weighed(name, number, percentile.count())
        } else if let Some(percentile) = value.downcast_ref::<P99LatencyMetric>() {
            Self::weighed(name, number, percentile.count())
        } else {
            Self::Gauge(name, number)
        }
    }

    fn weighed(name: String, nanos: u64, count: usize) -> Self {
        let count = count as u64;
        Self::AvgLatency(name, nanos.saturating_mul(count), count)
    }

    fn into_value(self) -> MetricValue {
        match self {
            Self::OutputRows(number) => MetricValue::OutputRows(count(number)),
            Self::ElapsedCompute(nanos) => MetricValue::ElapsedCompute(time(nanos)),
            Self::SpillCount(number) => MetricValue::SpillCount(count(number)),
            Self::SpilledBytes(number) => MetricValue::SpilledBytes(count(number)),
            Self::OutputBytes(number) => MetricValue::OutputBytes(count(number)),
            Self::OutputBatches(number) => MetricValue::OutputBatches(count(number)),
            Self::SpilledRows(number) => MetricValue::SpilledRows(count(number)),
            Self::CurrentMemoryUsage(number) => MetricValue::CurrentMemoryUsage(gauge(number)),
            Self::Count(name, number) => MetricValue::Count {
                name: name.into(),
                count: count(number),
            },
            Self::Gauge(name, number) => MetricValue::Gauge {
                name: name.into(),
                gauge: gauge(number),
            },
            Self::PeakMemoryUsage(name, number) => MetricValue::PeakMemoryUsage {
                name: name.into(),
                gauge: gauge(number),
            },
            Self::Time(name, nanos) => MetricValue::Time {
                name: name.into(),
                time: time(nanos),
            },
            Self::Start(nanos) => MetricValue::StartTimestamp(timestamp(nanos)),
            Self::End(nanos) => MetricValue::EndTimestamp(timestamp(nanos)),
            Self::Pruning {
                name,
                pruned,
                matched,
                fully,
            } => {
                let pruning_metrics = PruningMetrics::new();
                pruning_metrics.add_pruned(pruned as usize);
                pruning_metrics.add_matched(matched as usize);
                pruning_metrics.add_fully_matched(fully as usize);
                MetricValue::PruningMetrics {
                    name: name.into(),
                    pruning_metrics,
                }
            }
            Self::Ratio {
                name,
                part,
                total,
                merge,
                raw,
            } => {
                let ratio_metrics = RatioMetrics::new()
                    .with_merge_strategy(match merge {
                        Merge::AddAdd => RatioMergeStrategy::AddPartAddTotal,
                        Merge::AddSet => RatioMergeStrategy::AddPartSetTotal,
                        Merge::SetAdd => RatioMergeStrategy::SetPartAddTotal,
                    })
                    .with_display_raw_values(raw);
                ratio_metrics.set_part(part as usize);
                ratio_metrics.set_total(total as usize);
                MetricValue::Ratio {
                    name: name.into(),
                    ratio_metrics,
                }
            }
            Self::MinLatency(name, nanos) => {
                custom(name, MinLatencyMetric::from_nanos(nanos as usize))
            }
            Self::MaxLatency(name, nanos) => {
                custom(name, MaxLatencyMetric::from_nanos(nanos as usize))
            }
            Self::AvgLatency(name, sum, count) => custom(
                name,
                AvgLatencyMetric::from_raw(sum as usize, count as usize),
            ),
            Self::FirstLatency(name, nanos) => {
                custom(name, FirstLatencyMetric::from_nanos(nanos as usize))
            }
            Self::BytesCounter(name, bytes) => {
                custom(name, BytesCounterMetric::from_value(bytes as usize))
            }
            Self::MaxGauge(name, number) => {
                custom(name, MaxGaugeMetric::from_value(number as usize))
            }
        }
    }
}

fn counted(count: &Count) -> u64 {
    count.value() as u64
}

fn count(number: u64) -> Count {
    let count = Count::new();
    count.add(number as usize);
    count
}

fn shown(gauge: &Gauge) -> u64 {
    gauge.value() as u64
}

fn gauge(number: u64) -> Gauge {
    let gauge = Gauge::new();
    gauge.set(number as usize);
    gauge
}

fn taken(time: &Time) -> u64 {
    time.value() as u64
}

fn time(nanos: u64) -> Time {
    let time = Time::new();
    // Adding nothing would add a nanosecond: the engine tells what was measured from what was not.
    if nanos > 0 {
        time.add_duration(Duration::from_nanos(nanos));
    }
    time
}

fn nanos(at: &Timestamp) -> Option<i64> {
    at.value().and_then(|at| at.timestamp_nanos_opt())
}

fn timestamp(nanos: Option<i64>) -> Timestamp {
    let timestamp = Timestamp::new();
    if let Some(at) = nanos.and_then(timestamp_ns_to_datetime) {
        timestamp.set(at.and_utc());
    }
    timestamp
}

fn custom(name: String, value: impl CustomMetricValue + 'static) -> MetricValue {
    MetricValue::Custom {
        name: Cow::Owned(name),
        value: Arc::new(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame;

    fn round_trip(value: MetricValue) -> Metric {
        let metric = Metric::new_with_labels(value, Some(3), vec![Label::new("file", "a.parquet")])
            .with_type(MetricType::Summary)
            .with_category(MetricCategory::Bytes);
        let shown = metric.to_string();
        let mut set = MetricsSet::new();
        set.push(Arc::new(metric));
        let bytes = frame::encode(&WireMetrics::of(&set)).unwrap();
        let read: WireMetrics = frame::decode(&bytes[frame::HEADER..]).unwrap();
        let mut metrics = read.into_set().iter().cloned().collect::<Vec<_>>();
        let metric = Arc::into_inner(metrics.remove(0)).unwrap();
        assert_eq!(metric.to_string(), shown);
        assert_eq!(metric.metric_type(), MetricType::Summary);
        assert_eq!(metric.metric_category(), Some(MetricCategory::Bytes));
        metric
    }

    fn named(value: impl CustomMetricValue + 'static) -> MetricValue {
        custom("name".to_owned(), value)
    }

    #[test]
    fn every_metric_arrives_as_what_it_was() {
        let now = Timestamp::new();
        now.record();
        let pruning_metrics = PruningMetrics::new();
        pruning_metrics.add_pruned(3);
        pruning_metrics.add_matched(2);
        pruning_metrics.add_fully_matched(1);
        let ratio_metrics = RatioMetrics::new().with_display_raw_values(false);
        ratio_metrics.set_part(1);
        ratio_metrics.set_total(4);
        let name = || Cow::Borrowed("name");
        let values = [
            MetricValue::OutputRows(count(1)),
            MetricValue::ElapsedCompute(time(2)),
            MetricValue::ElapsedCompute(time(0)),
            MetricValue::SpillCount(count(3)),
            MetricValue::SpilledBytes(count(4)),
            MetricValue::OutputBytes(count(5)),
            MetricValue::OutputBatches(count(6)),
            MetricValue::SpilledRows(count(7)),
            MetricValue::CurrentMemoryUsage(gauge(8)),
            MetricValue::Count {
                name: name(),
                count: count(9),
            },
            MetricValue::Gauge {
                name: name(),
                gauge: gauge(10),
            },
            MetricValue::PeakMemoryUsage {
                name: name(),
                gauge: gauge(11),
            },
            MetricValue::Time {
                name: name(),
                time: time(12),
            },
            MetricValue::StartTimestamp(now.clone()),
            MetricValue::EndTimestamp(now),
            MetricValue::EndTimestamp(Timestamp::new()),
            MetricValue::PruningMetrics {
                name: name(),
                pruning_metrics,
            },
            MetricValue::Ratio {
                name: name(),
                ratio_metrics,
            },
            named(MinLatencyMetric::from_nanos(13)),
            named(MinLatencyMetric::default()),
            named(MaxLatencyMetric::from_nanos(14)),
            named(AvgLatencyMetric::from_raw(45, 3)),
            named(AvgLatencyMetric::default()),
            named(FirstLatencyMetric::from_nanos(16)),
            named(BytesCounterMetric::from_value(17)),
            named(MaxGaugeMetric::from_value(18)),
        ];
        for value in values {
            let read = round_trip(value.clone());
            assert_eq!(*read.value(), value, "{value:?}");
            assert_eq!(read.partition(), Some(3));
        }
    }

    #[test]
    fn percentiles_arrive_as_averages_that_show_the_same() {
        let percentile = P95LatencyMetric::default();
        for _ in 0..10 {
            percentile.add_nanos(1_000_000);
        }
        let read = round_trip(named(percentile.clone()));
        assert_eq!(read.value().as_usize(), percentile.value());
    }
}
