internal import COpenSSL
internal import Glibc

/// The queue of errors that OpenSSL keeps for each thread.
enum ErrorQueue {
  private static let reasonsMax = 8

  static func clear() { ERR_clear_error() }

  /// Takes all errors, the oldest first, which is the innermost.
  static func take() -> (reasons: [String], codes: [Int32]) {
    var reasons: [String] = []
    var codes: [Int32] = []
    while true {
      var data: UnsafePointer<CChar>?
      var flags: Int32 = 0
      let code = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
      guard code != 0 else { return (reasons, codes) }
      guard reasons.count < reasonsMax else { continue }
      codes.append(ERR_GET_REASON(code))
      var text = "error \(code)"
      if let reason = unsafe ERR_reason_error_string(code) {
        text = unsafe String(cString: reason)
      } else if southbound_err_is_system(code) != 0,
        let reason = unsafe strerror(Int32(code & 0xFFFF))
      {
        text = unsafe String(cString: reason)
      }
      if flags & ERR_TXT_STRING != 0, let data = unsafe data, unsafe data.pointee != 0 {
        text += unsafe " (\(String(cString: data)))"
      }
      reasons.append(text)
    }
  }

  static func configurationError(_ message: String) -> TLSError {
    TLSError(.configuration, message, reasons: take().reasons)
  }
}
