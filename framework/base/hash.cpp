#include "base/hash.hpp"

#include <sha2.h>
#include <xxhash.h>

#include <array>

#include "base/files.hpp"

namespace hourglass::base {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string hex(const XXH128_hash_t& hash) {
  std::string text;
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[half >> shift & 15];
  }
  return text;
}

}  // namespace

std::string hash_hex(std::span<const std::uint8_t> bytes) { return hex(XXH3_128bits(bytes.data(), bytes.size())); }

std::string hash_hex(std::string_view text) {
  return hash_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

struct Xxh3::State {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> hash{XXH3_createState(), XXH3_freeState};
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) { XXH3_128bits_reset(state_->hash.get()); }
Xxh3::~Xxh3() = default;

void Xxh3::update(std::span<const std::uint8_t> bytes) {
  XXH3_128bits_update(state_->hash.get(), bytes.data(), bytes.size());
}

std::string Xxh3::finish() const { return hex(XXH3_128bits_digest(state_->hash.get())); }

struct Sha256::State {
  SHA2_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256Init(&state_->context); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::uint8_t> bytes) { SHA256Update(&state_->context, bytes.data(), bytes.size()); }

std::string Sha256::finish() {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256Final(digest.data(), &state_->context);
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_of(const std::filesystem::path& file) {
  Sha256 sha;
  read_file(file, [&](std::span<const std::uint8_t> piece) { sha.update(piece); });
  return sha.finish();
}

}  // namespace hourglass::base
