// Hashes of contents: XXH3 for identities, SHA-256 for published files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hourglass::base {

/// Returns the XXH3 128-bit hash of bytes as 32 hexadecimal digits.
std::string hash_hex(std::span<const std::uint8_t> bytes);
std::string hash_hex(std::string_view text);

/// The same hash of bytes that arrive in pieces.
class Xxh3 {
 public:
  Xxh3();
  Xxh3(const Xxh3&) = delete;
  Xxh3& operator=(const Xxh3&) = delete;
  ~Xxh3();

  void update(std::span<const std::uint8_t> bytes);
  /// Returns what hash_hex() returns for all bytes.
  std::string finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::uint8_t> bytes);
  /// Returns the hash of all bytes as 64 lower-case hexadecimal digits. Nothing may follow.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the SHA-256 of a file's contents. Throws UserError when it cannot be read.
std::string sha256_of(const std::filesystem::path& file);

}  // namespace hourglass::base
