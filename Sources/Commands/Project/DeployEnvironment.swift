internal import ArgumentParser

/// Environment variables that a deployment hands to the model.
struct ModelVariableOptions: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help: "Environment variable for the model, as NAME=VALUE, or NAME to pass it on. Repeatable.")
  var variables: [String] = []

  func resolved() throws -> [String: String] {
    var result: [String: String] = [:]
    let own = ProcessEnvironment.variables()
    for text in variables {
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      } else if let value = own[text] {
        result[text] = value
      } else {
        throw ValidationError("the environment has no variable `\(text)`")
      }
    }
    return result
  }
}
