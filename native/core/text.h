// text(...): joins values into a string, for error messages and descriptions only.
#pragma once

#include <sstream>
#include <string>

namespace carom {

template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  out.precision(17);
  (out << ... << parts);
  return out.str();
}

}  // namespace carom
