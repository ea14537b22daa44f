#include "http/router.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace secureauth::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// `id` of `{id}`.
std::string_view name_in(std::string_view segment) {
  return segment.substr(1, segment.size() - 2);
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET, HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    default:
      throw std::logic_error("not a method of a route");
  }
}

const Route* route_for(const std::vector<Route>& routes, Method method) {
  const auto wanted = method == Method::head ? Method::get : method;
  const auto found = std::ranges::find(routes, wanted, &Route::method);
  return found == routes.end() ? nullptr : &*found;
}

}  // namespace

void Router::add(Route route, std::string_view limit) {
  route.limit = limit;
  route.number = names_.size();
  const auto method = name_of(route.method);
  names_.push_back({std::string(method.substr(0, method.find(','))), route.pattern});
  auto segments = split(route.pattern);
  Path* path = nullptr;
  if (std::ranges::none_of(segments, is_parameter)) {
    path = &literal_[route.pattern];
  } else {
    const auto known = std::ranges::find(parametric_, segments, &Path::segments);
    path = known == parametric_.end() ? &parametric_.emplace_back() : &*known;
  }
  path->segments = std::move(segments);
  path->takes_rest = route.takes_rest;
  path->for_edges = route.for_edges;
  if (!path->allow.empty()) {
    path->allow += ", ";
  } else if (!path->for_edges) {
    path->allow = "OPTIONS, ";
  }
  path->allow += method;
  path->routes.push_back(std::move(route));
}

Router::Match Router::match(Request& request) const {
  if (const auto literal = literal_.find(request.path); literal != literal_.end()) {
    return found(literal->second, request);
  }
  for (const auto& path : parametric_) {
    if (fits(path, request)) return found(path, request);
  }
  return {};
}

Router::Match Router::found(const Path& path, Request& request) {
  if (path.for_edges) request.edge_pattern = path.routes.front().pattern;
  return {route_for(path.routes, request.method), path.allow, path.for_edges};
}

void Router::each(const std::function<void(Route&)>& settle) {
  for (auto& [pattern, path] : literal_) std::ranges::for_each(path.routes, settle);
  for (auto& path : parametric_) std::ranges::for_each(path.routes, settle);
}

std::vector<Router::Line> Router::list() const {
  std::vector<Line> lines;
  const auto add = [&lines](const Path& path) {
    for (const auto& route : path.routes) {
      const auto method = name_of(route.method);
      lines.push_back({std::string(method.substr(0, method.find(','))), route.pattern, route.access, route.limit});
    }
  };
  for (const auto& [pattern, path] : literal_) add(path);
  for (const auto& path : parametric_) add(path);
  std::ranges::sort(lines, {}, [](const Line& line) { return std::tie(line.pattern, line.access); });
  return lines;
}

bool Router::fits(const Path& path, Request& request) {
  request.path_parameters.clear();
  auto rest = request.path;
  for (const auto& segment : path.segments) {
    if (rest.empty()) return false;
    rest.remove_prefix(1);
    if (path.takes_rest && &segment == &path.segments.back()) {
      request.path_parameters.emplace_back(name_in(segment), rest);
      return true;
    }
    const auto end = std::min(rest.find('/'), rest.size());
    const auto sent = rest.substr(0, end);
    rest.remove_prefix(end);
    if (is_parameter(segment)) {
      if (sent.empty()) return false;
      request.path_parameters.emplace_back(name_in(segment), sent);
    } else if (sent != segment) {
      return false;
    }
  }
  return rest.empty();
}

}  // namespace secureauth::http
