/// How functions are run.
public struct FunctionHostOptions: Sendable {
  /// The Python interpreter: a path, or a name to look for in `PATH`. It needs 3.11 or newer.
  public var interpreter: String
  /// The folder that holds the package `southbound`; nil if the interpreter finds it by itself.
  public var kitFolder: String?
  /// The root folder of the project.
  public var projectFolder: String
  /// Finds the folders of the modules' code, by name of the module; asked once, when needed.
  public var modules: @Sendable () -> [String: String]
  /// Longest time from the start of the process to its address: 60 seconds unless set.
  public var startTimeout: Duration = .seconds(60)
  /// Longest time of one call, and of the loading of one module: 60 seconds unless set.
  public var callTimeout: Duration = .seconds(60)
  /// Longest time of what is registered for the end: 30 seconds unless set.
  public var endTimeout: Duration = .seconds(30)
  /// Largest message of either side, in bytes.
  public var messageBytesMax = 64 << 20

  /// The interpreter unless one is set.
  public static let interpreterDefault = "python3"

  /// Makes options.
  public init(
    interpreter: String = FunctionHostOptions.interpreterDefault, kitFolder: String? = nil,
    projectFolder: String, modules: @escaping @Sendable () -> [String: String]
  ) {
    self.interpreter = interpreter
    self.kitFolder = kitFolder
    self.projectFolder = projectFolder
    self.modules = modules
  }

  /// Finds the folder of the kit from where a program is: installed beside it as
  /// `share/southbound/python`, or in the sources that it was built from.
  ///
  /// - Parameter program: Path of a program of Southbound.
  /// - Returns: The folder, or nil.
  public static func kitFolder(near program: String) -> String? {
    var folder = Syscalls.absolute(program)[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      for place in ["share/southbound/python", "Sources/PythonKit"] {
        let candidate = "\(folder)/\(place)"
        if Syscalls.isReadable(candidate + "/southbound/functions/__main__.py") {
          return candidate
        }
      }
    }
    return nil
  }
}
