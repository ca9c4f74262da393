internal import Foundation

/// The id that a client gave a request.
enum RequestID: Codable, Hashable {
  case number(Int)
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}

/// What every message from the client has.
struct Envelope: Decodable {
  var jsonrpc: String?
  var id: RequestID?
  var method: String?
}

/// The parameters of a message.
struct Parameters<Value: Decodable>: Decodable {
  var params: Value
}

/// An error that a request is answered with.
struct ResponseError: Error, Encodable {
  var code: Int
  var message: String

  static func parse(_ message: String) -> ResponseError { .init(code: -32700, message: message) }
  static func invalidRequest(_ message: String) -> ResponseError {
    .init(code: -32600, message: message)
  }
  static func unknownMethod(_ method: String) -> ResponseError {
    .init(code: -32601, message: "the method `\(method)` is not known")
  }
  static func invalidParameters(_ message: String) -> ResponseError {
    .init(code: -32602, message: message)
  }
  static let notInitialized = ResponseError(
    code: -32002, message: "the first request must be `initialize`")
  static let cancelled = ResponseError(code: -32800, message: "the request was cancelled")
  /// The request is valid, and what it asks for cannot be done.
  static func failed(_ message: String) -> ResponseError { .init(code: -32803, message: message) }
}

/// The answer to a request that went well.
struct Response<Result: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID
  var result: Result?

  private enum Key: CodingKey { case jsonrpc, id, result }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(jsonrpc, forKey: .jsonrpc)
    try container.encode(id, forKey: .id)
    try container.encode(result, forKey: .result)
  }
}

/// The answer to a request that failed; without an id when it could not be read.
struct ErrorResponse: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID?
  var error: ResponseError

  private enum Key: CodingKey { case jsonrpc, id, error }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(jsonrpc, forKey: .jsonrpc)
    try container.encode(id, forKey: .id)
    try container.encode(error, forKey: .error)
  }
}

/// A message that nobody answers.
struct Notification<Value: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var method: String
  var params: Value
}

/// A request to the client.
struct ClientRequest<Value: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var id: RequestID
  var method: String
  var params: Value
}

/// Nothing, as JSON `null`.
struct Null: Codable {
  init() {}
  init(from decoder: any Decoder) throws {}
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}
