internal import Configuration
internal import SystemPackage

/// Finds the value of a setting: flag, environment variable `SOUTHBOUND_…`, settings file, default.
///
/// A key such as `server.listen` is the flag `--listen` of `southbound-server`, the variable
/// `SOUTHBOUND_SERVER_LISTEN`, and `listen:` below `server:` in the YAML file that `--config` or
/// `SOUTHBOUND_CONFIG` names. All keys stand in one table: `Sources/Settings/README.md`.
public struct Settings: Sendable {
  private let reader: ConfigReader

  /// Reads the settings file, if there is one.
  ///
  /// - Parameter file: Path of a YAML file; nil to take `SOUTHBOUND_CONFIG`, or no file.
  /// - Throws: ``SettingsError`` if the file is named but cannot be read.
  public init(file: String?) async throws {
    let variables = EnvironmentVariablesProvider()
    let scoped = variables.prefixKeys(with: "southbound")
    let path = file ?? ConfigReader(provider: scoped).string(forKey: "config")
    guard let path else {
      reader = ConfigReader(provider: scoped)
      return
    }
    do {
      let values = try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
      reader = ConfigReader(providers: [scoped, values])
    } catch {
      throw SettingsError("cannot read the settings file \(path): \(error)")
    }
  }

  /// Finds text.
  ///
  /// - Parameters:
  ///   - key: Key, for example `server.listen`.
  ///   - flag: Value of the flag, if it was given.
  ///   - fallback: The default.
  /// - Returns: The first of flag, variable, file and default.
  public func string(_ key: String, flag: String?, default fallback: String) -> String {
    flag ?? reader.string(forKey: ConfigKey(key), default: fallback)
  }

  /// Finds text that may be absent.
  ///
  /// - Parameters:
  ///   - key: Key.
  ///   - flag: Value of the flag, if it was given.
  /// - Returns: The first of flag, variable and file, or nil.
  public func string(_ key: String, flag: String?) -> String? {
    flag ?? reader.string(forKey: ConfigKey(key))
  }

  /// Finds a whole number.
  ///
  /// - Parameters:
  ///   - key: Key.
  ///   - flag: Value of the flag, if it was given.
  ///   - range: Numbers that are allowed.
  ///   - fallback: The default.
  /// - Returns: The first of flag, variable, file and default.
  /// - Throws: ``SettingsError`` if what was found is not a number in the range.
  public func int(
    _ key: String, flag: Int?, in range: ClosedRange<Int>, default fallback: Int
  ) throws -> Int {
    let found: Int
    if let flag {
      found = flag
    } else if let text = reader.string(forKey: ConfigKey(key)) {
      guard let number = Int(text) else {
        throw SettingsError("setting \(key) is `\(text)`, not a whole number")
      }
      found = number
    } else {
      found = fallback
    }
    guard range.contains(found) else {
      throw SettingsError(
        "setting \(key) is \(found), not between \(range.lowerBound) and \(range.upperBound)")
    }
    return found
  }

  /// Finds a list: repeated flags, or text with commas.
  ///
  /// - Parameters:
  ///   - key: Key.
  ///   - flags: Values of the flags that were given.
  ///   - fallback: The default.
  /// - Returns: The first of flags, variable, file and default that is not empty.
  public func list(_ key: String, flags: [String], default fallback: [String]) -> [String] {
    if !flags.isEmpty { return flags }
    guard let text = reader.string(forKey: ConfigKey(key)) else { return fallback }
    let parts = text.split(separator: ",").map { part in
      String(part.drop(while: { $0 == " " }))
    }
    return parts.isEmpty ? fallback : parts
  }
}

/// A setting that cannot be used.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
  /// One sentence: which setting, its value, what is allowed.
  public let description: String

  /// Makes an error.
  public init(_ description: String) { self.description = description }
}
