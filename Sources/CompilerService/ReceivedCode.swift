internal import Diagnostics
internal import FunctionHost
internal import Logging
internal import ProjectFiles

/// Runs the Python functions of a received project. Its code is on the disk, in a private folder, only
/// from the first call to the end of the compile.
struct ReceivedCode: Sendable {
  /// Runs the functions.
  let host: FunctionHost
  private let folder: PrivateFolder

  /// Prepares to run functions; nil when no folder can be made.
  init?(_ project: Project, _ settings: FunctionSettings, _ logger: Logger) {
    do {
      folder = try PrivateFolder()
    } catch {
      logger.error("functions cannot be run", metadata: ["reason": "\(error.title)"])
      return nil
    }
    let path = folder.path
    host = FunctionHost(
      FunctionHostOptions(
        interpreter: settings.interpreter,
        kitFolder: FunctionHostOptions.kitFolder(near: "/proc/self/exe"), projectFolder: path,
        modules: {
          do throws(Diagnostic) {
            return try project.writeCode(to: path)
          } catch {
            logger.error(
              "the code of modules cannot be written", metadata: ["reason": "\(error.title)"])
            return project.codeFolders()
          }
        }))
  }

  /// Ends the function process, if there is one, and removes what was written for it.
  func remove() {
    _ = host.end()
    folder.remove()
  }
}
