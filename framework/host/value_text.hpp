// Formats values and their allowed ranges as text: as TOML, and in words for messages and listings.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hourglass/params.hpp"

namespace hourglass::host {

/// Formats a value as TOML; numbers in the shortest form that reads back to the same bits, `1.0` rather than `1`.
std::string to_toml(const Value& value);
/// Formats the value of a parameter: a plugin that is not one of a list without brackets.
std::string to_toml(const Value& value, const ParamSpec& spec);
/// The same for identities: without the keys of a dataset that affect no result, such as the places of its files.
std::string to_identity(const Value& value, const ParamSpec& spec);
std::string to_toml(double value);
std::string to_toml(std::string_view text);  ///< quoted and escaped

/// How a severity that varies is written: drawn for each image, or changed over epochs.
inline constexpr const char* kVaryingForms = "{ min, max } or { from, to, begin, end }";

/// Names the type of a value: `boolean`, `integer`, `number`, `string`, `list of integers`, ...
std::string_view type_text(const Value& value);
/// Names a parameter's type: that of its values, or `path`.
std::string_view type_text(const ParamSpec& spec);

/// Returns what a parameter of a plugin of this kind concerns. The contents of a dataset's files are part of an
/// identity, so it does not matter where they are.
Concerns concerns_of(std::string_view kind, const ParamSpec& spec);

/// Names what a parameter concerns: `training`, `evaluation`, `nothing`; "" when that is inherited.
std::string_view concerns_text(const ParamSpec& spec);

/// Says which values a parameter may have: `0 to 1`, `at least 1`, `"mse", "bce"`, `true or false`, `any string`, `any
/// file or folder`.
std::string allowed_text(const ParamSpec& spec);

/// Says when a parameter has an effect: `norm = "group"`, `kl_weight > 0, or l1_weight > 0`; "" if it always has one.
std::string acts_if_text(const ParamSpec& spec);

/// Says what a parameter takes, unless inherited what it concerns, and when it has an effect: `integer, default 8;
/// allowed: 1 to 64; affects no result; acts only if norm = "group"`.
std::string facts_text(const ParamSpec& spec);

/// Returns whether a value of the right type, or each element of a list, is finite and in the range, or is one of the
/// choices.
bool is_allowed(const Value& value, const ParamSpec& spec);

/// Returns whether a value meets a condition; integers and numbers are compared by value.
bool holds(const Condition& condition, const Value& value);

/// Shortens a text of more than `longest` bytes, which would hide the rest of a message, to its beginning and `...`.
std::string shortened(std::string_view text, std::size_t longest = 60);

/// Joins names: `a, b, c`.
std::string listed(std::span<const std::string> names);

}  // namespace hourglass::host
