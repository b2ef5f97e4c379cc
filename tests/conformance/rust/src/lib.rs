//! The reference functions: what they give is what every other language has to give.

pub mod aggregates;
pub mod columns;
pub mod failures;
pub mod files;
pub mod granted;
pub mod maps;
pub mod moments;
pub mod nested;
pub mod rows;
pub mod same;
pub mod tables;
pub mod windows;

use aggregates::{Balance, Joined, Listed, Longest, Total};
use columns::{add_one, at_most, initial, nulls_in, same_any};
use failures::{asserts, breaks, deep, hoards, said_no, spins, wrong_length, wrong_type};
use files::{LineFiles, TextLines};
use granted::{Censored, Times, drawn, this_year};
use maps::{Scaled, SpanOf, Surplus, Tally};
use moments::{
    date_number, decimal_number, duration_number, number_date, number_decimal, number_duration,
    number_time, number_timestamp, number_utc, time_number, timestamp_number, utc_number,
};
use nested::{
    list_text, map_text, nested_text, number_list, number_map, number_nested, number_struct,
    struct_text,
};
use rows::{
    gcd, halved, if_positive, or_zero, shout, sum_all, turned, twice_float, twice_number,
    twice_text,
};
use same::{
    same_binary, same_boolean, same_date, same_date_millis, same_decimal, same_duration,
    same_float16, same_float32, same_float64, same_int8, same_int16, same_int32, same_int64,
    same_interval, same_list, same_map, same_nested, same_struct, same_text, same_time,
    same_timestamp, same_uint8, same_uint16, same_uint32, same_uint64, same_utc,
};
use tables::{count_from, pieces, series};
use windows::{RunningTotal, above_least};

arrowbox_sdk::export!(
    same_boolean,
    same_int8,
    same_int16,
    same_int32,
    same_int64,
    same_uint8,
    same_uint16,
    same_uint32,
    same_uint64,
    same_float16,
    same_float32,
    same_float64,
    same_text,
    same_binary,
    same_date,
    same_date_millis,
    same_time,
    same_timestamp,
    same_utc,
    same_duration,
    same_interval,
    same_decimal,
    same_list,
    same_struct,
    same_map,
    same_nested,
    date_number,
    number_date,
    time_number,
    number_time,
    timestamp_number,
    number_timestamp,
    utc_number,
    number_utc,
    duration_number,
    number_duration,
    decimal_number,
    number_decimal,
    list_text,
    number_list,
    struct_text,
    number_struct,
    map_text,
    number_map,
    nested_text,
    number_nested,
    gcd,
    halved,
    shout,
    turned,
    or_zero,
    if_positive,
    sum_all,
    twice_number,
    twice_float,
    twice_text,
    add_one,
    at_most,
    initial,
    nulls_in,
    same_any,
    Times,
    Censored,
    this_year,
    drawn,
    Total,
    Longest,
    Joined,
    Balance,
    Listed,
    RunningTotal,
    above_least,
    series,
    pieces,
    count_from,
    Scaled,
    Tally,
    SpanOf,
    Surplus,
    TextLines,
    LineFiles,
    said_no,
    breaks,
    asserts,
    deep,
    hoards,
    spins,
    wrong_type,
    wrong_length,
);
