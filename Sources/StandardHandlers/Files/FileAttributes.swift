internal import Resources
internal import SouthboundKit

/// Owner, group and mode of a path: what files and directories have in common. A null field is not
/// managed.
enum FileAttributes {
  /// How long look-ups of users and groups are kept.
  static let accountLifetime = CacheLifetime.timeout(.seconds(60))

  /// The path in a field: absolute, without NUL.
  static func path(_ fields: Fields, _ name: String) throws -> String {
    let path = try fields.string(name)
    guard path.hasPrefix("/") else {
      throw HandlerFailure(
        "{field} must be an absolute path, not {path}",
        ["field": .string(name), "path": .string(path)], hint: .giveUp)
    }
    return path
  }

  /// Permission bits in the field `mode`: octal digits, as text ("0644") or as a number (644).
  static func mode(_ fields: Fields) throws -> UInt32? {
    let text: String
    switch fields["mode"] {
    case .null: return nil
    case .string(let digits): text = digits
    case .int(let number): text = String(number)
    case let other:
      throw FieldError(id: fields.id, field: "mode", expected: "octal digits", found: other)
    }
    guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
      throw HandlerFailure(
        "mode {mode} is not one to four octal digits", ["mode": .string(text)], hint: .giveUp)
    }
    return mode
  }

  /// Bits as they are written in the model, in the same kind of value.
  static func value(of mode: UInt32, like desired: Value) -> Value {
    let digits = String(mode, radix: 8)
    if case .string(let text) = desired {
      return .string(
        String(repeating: "0", count: max(0, text.utf8.count - digits.utf8.count)) + digits)
    }
    return .int(Int64(digits) ?? 0)
  }

  /// Puts the attributes that differ into `current`.
  static func read(
    _ context: HandlerContext, _ status: FileStatus, _ current: inout Fields
  ) async throws {
    let desired = context.desired
    if let mode = try mode(desired), mode != status.mode {
      current["mode"] = value(of: status.mode, like: desired["mode"])
    }
    if let owner = try await userID(context), owner != status.owner {
      current["owner"] = .string(try await userName(context, status.owner))
    }
    if let group = try await groupID(context), group != status.group {
      current["group"] = .string(try await groupName(context, status.group))
    }
  }

  /// Number of the desired owner; nil if the owner is not managed.
  static func userID(_ context: HandlerContext) async throws -> UInt32? {
    guard let name = try context.desired.optionalString("owner") else { return nil }
    if let number = UInt32(name) { return number }
    let id = try await context.cache.value(
      "userID", arguments: ["name": .string(name)], lifetime: accountLifetime
    ) { try found(Accounts.userID(name), "user", name) }
    return id
  }

  /// Number of the desired group; nil if the group is not managed.
  static func groupID(_ context: HandlerContext) async throws -> UInt32? {
    guard let name = try context.desired.optionalString("group") else { return nil }
    if let number = UInt32(name) { return number }
    let id = try await context.cache.value(
      "groupID", arguments: ["name": .string(name)], lifetime: accountLifetime
    ) { try found(Accounts.groupID(name), "group", name) }
    return id
  }

  private static func found(_ id: UInt32?, _ kind: String, _ name: String) throws -> UInt32 {
    guard let id else {
      throw HandlerFailure(
        "there is no {kind} {name} on this machine",
        ["kind": .string(kind), "name": .string(name)], hint: .wait)
    }
    return id
  }

  private static func userName(_ context: HandlerContext, _ id: UInt32) async throws -> String {
    try await context.cache.value(
      "userName", arguments: ["id": .int(Int64(id))], lifetime: accountLifetime
    ) { try Accounts.userName(id) ?? String(id) }
  }

  private static func groupName(_ context: HandlerContext, _ id: UInt32) async throws -> String {
    try await context.cache.value(
      "groupName", arguments: ["id": .int(Int64(id))], lifetime: accountLifetime
    ) { try Accounts.groupName(id) ?? String(id) }
  }

  /// The error for something else in the way.
  static func obstacle(
    _ path: String, wanted: FileStatus.Kind, found: FileStatus.Kind
  ) -> HandlerFailure {
    HandlerFailure(
      "{path} is {found}, not {wanted}; remove it, or change the model",
      [
        "path": .string(path), "found": .string(found.rawValue), "wanted": .string(wanted.rawValue),
      ], hint: .wait)
  }

  /// Explains an error of the system with what can be done about it.
  static func explained(_ error: SystemError) -> any Error {
    let advice: String
    var hint = OutcomeHint.none
    switch error.number {
    case 2: advice = "its folder does not exist: let it require a std::Directory"
    case 20: advice = "a part of the path is not a directory"
    case 28: advice = "the disk is full; what was there is unchanged"
    case 39: advice = "the directory is not empty"
    case 1, 13: advice = "the agent may not do that"
    case 30: advice = "the file system is read-only"
    default: return error
    }
    if error.number == 28 { hint = .retrySoon }
    return HandlerFailure(
      "{error}: {advice}", ["error": .string(error.description), "advice": .string(advice)],
      hint: hint, cause: error)
  }
}
