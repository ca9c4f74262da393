/// How names of a proto become names in Swift and in the C of protoc-gen-c.
enum Names {
  // MARK: - Swift

  /// `southbound.versions.v1` becomes `VersionsV1`, `grpc.health.v1` becomes `GRPCHealthV1`.
  static func namespace(package: String) -> String {
    var parts = package.split(separator: ".").map(String.init)
    if parts.count > 1, parts[0] == "southbound" { parts.removeFirst() }
    return parts.map { $0 == "grpc" ? "GRPC" : upperCamel($0) }.joined()
  }

  /// `resource_id` becomes `resourceID`.
  static func property(_ name: String) -> String {
    var result = ""
    for (index, part) in name.split(separator: "_").enumerated() {
      let word = part.lowercased()
      if index == 0 {
        result += word
      } else {
        result += initialisms[word] ?? upperCamel(word)
      }
    }
    return escaped(result)
  }

  /// `kind` becomes `OneOf_Kind`.
  static func oneofType(_ name: String) -> String { "OneOf_" + upperCamel(name) }

  /// `VERSION_STATUS_ACTIVE` of `VersionStatus` becomes `active`.
  static func enumCase(_ name: String, of enumeration: String) -> String {
    var prefix = ""
    for character in enumeration {
      if character.isUppercase, let last = prefix.last, !(last.isUppercase && last == "_") {
        prefix += "_"
      }
      prefix += character.uppercased()
    }
    prefix += "_"
    var rest = name
    if name.hasPrefix(prefix), let first = name.dropFirst(prefix.count).first, first.isLetter {
      rest = String(name.dropFirst(prefix.count))
    }
    return property(rest.lowercased())
  }

  /// `GetResources` becomes `getResources`.
  static func method(_ name: String) -> String {
    escaped(name.prefix(1).lowercased() + name.dropFirst())
  }

  /// `southbound/value/v1/value.proto` becomes `southboundValueV1Value`.
  static func fileConstant(_ path: String) -> String {
    let parts = stem(path).split { $0 == "/" || $0 == "_" }.map(String.init)
    return (parts.first ?? "") + parts.dropFirst().map(upperCamel).joined()
  }

  /// The path without `.proto`.
  static func stem(_ path: String) -> String {
    path.hasSuffix(".proto") ? String(path.dropLast(6)) : path
  }

  static func upperCamel(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  static func escaped(_ name: String) -> String {
    swiftKeywords.contains(name) ? "`\(name)`" : name
  }

  private static let initialisms = [
    "id": "ID", "ids": "IDs", "url": "URL", "uri": "URI", "rpc": "RPC", "json": "JSON",
    "tls": "TLS",
    "http": "HTTP",
  ]

  private static let swiftKeywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
    "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
    "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
    "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while",
  ]

  // MARK: - C, as protoc-gen-c makes them

  /// `southbound.value.v1.ListValue` becomes `Southbound__Value__V1__ListValue`.
  static func cType(_ fullName: String) -> String {
    fullName.split(separator: ".").map { upperCamel(String($0)) }.joined(separator: "__")
  }

  /// `southbound.value.v1.ListValue` becomes `southbound__value__v1__list_value`.
  static func cPrefix(_ fullName: String) -> String {
    fullName.split(separator: ".").map { cLower(String($0)) }.joined(separator: "__")
  }

  /// Name of a field in its struct.
  static func cField(_ name: String) -> String {
    let lower = name.lowercased()
    return cKeywords.contains(lower) ? lower + "_" : lower
  }

  /// Name of the type of a oneof's case field.
  static func cOneofCase(_ message: String, _ oneof: String) -> String {
    cType(message) + "__" + upperCamel(oneof) + "Case"
  }

  private static func cLower(_ name: String) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      if character.isUppercase, !wasUpper { result += "_" }
      result += character.lowercased()
      wasUpper = character.isUppercase
    }
    return result
  }

  private static let cKeywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "class", "compl", "const", "const_cast", "continue", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "explicit", "extern", "false", "float", "for", "friend", "goto",
    "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq", "operator", "or",
    "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "return", "short",
    "signed", "sizeof", "static", "static_cast", "struct", "switch", "template", "this", "throw",
    "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void",
    "volatile", "wchar_t", "while", "xor", "xor_eq",
  ]
}
