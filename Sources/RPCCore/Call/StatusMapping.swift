extension StatusCode {
  /// Gives the status of an answer that carries an HTTP status and no `grpc-status`, as a proxy
  /// sends it. gRPC: doc/http-grpc-status-mapping.md.
  ///
  /// - Parameter httpStatus: The value of the `:status` pseudo-header.
  package init(httpStatus: Int) {
    switch httpStatus {
    case 400: self = .internalError
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// Gives the status of a stream that the peer reset. gRPC over HTTP/2: "Errors".
  ///
  /// - Parameter http2Error: The error code of the RST_STREAM frame.
  package init(http2Error: UInt32) {
    switch http2Error {
    case 0x7: self = .unavailable  // REFUSED_STREAM: the peer has done nothing.
    case 0x8: self = .cancelled  // CANCEL
    case 0xB: self = .resourceExhausted  // ENHANCE_YOUR_CALM
    case 0xC: self = .permissionDenied  // INADEQUATE_SECURITY
    default: self = .internalError
    }
  }
}
