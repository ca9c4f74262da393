internal import CNghttp2

/// The nghttp2 session: created, driven and deleted here and nowhere else.
@safe
struct SessionHandle: ~Copyable {
  private let raw: OpaquePointer
  /// Outlives the session, whose callbacks find it through an unretained pointer.
  private let context: SessionContext

  init(role: HTTP2Role, context: SessionContext) throws(HTTP2Error) {
    var option: OpaquePointer?
    try check(unsafe nghttp2_option_new(&option))
    defer { unsafe nghttp2_option_del(option) }
    // Credit goes back when a handler has read, never on arrival.
    unsafe nghttp2_option_set_no_auto_window_update(option, 1)
    // Closed streams are not kept for the priority tree: PRIORITY frames would make more.
    unsafe nghttp2_option_set_no_closed_streams(option, 1)
    // `FrameInspector` counts resets and says ENHANCE_YOUR_CALM; this limiter, which says
    // INTERNAL_ERROR, only stands behind it.
    unsafe nghttp2_option_set_stream_reset_rate_limit(option, 10_000, 1000)
    unsafe nghttp2_option_set_max_outbound_ack(option, 1000)
    unsafe nghttp2_option_set_max_continuations(option, 8)

    var callbacks: OpaquePointer?
    try check(unsafe nghttp2_session_callbacks_new(&callbacks))
    defer { unsafe nghttp2_session_callbacks_del(callbacks) }
    unsafe SessionCallbacks.install(in: callbacks)

    let user = unsafe Unmanaged.passUnretained(context).toOpaque()
    var session: OpaquePointer?
    switch role {
    case .client:
      try check(unsafe nghttp2_session_client_new2(&session, callbacks, user, option))
    case .server:
      try check(unsafe nghttp2_session_server_new2(&session, callbacks, user, option))
    }
    guard let session = unsafe session else { throw HTTP2Error(description: "no session") }
    unsafe raw = session
    self.context = context
  }

  deinit { unsafe nghttp2_session_del(raw) }

  var wantsRead: Bool { unsafe nghttp2_session_want_read(raw) != 0 }
  var wantsWrite: Bool { unsafe nghttp2_session_want_write(raw) != 0 }

  // MARK: - Bytes

  borrowing func receive(_ bytes: borrowing [UInt8], count: Int) throws(HTTP2Error) {
    let result = unsafe bytes.withUnsafeBufferPointer { buffer in
      context.inputAddress = UInt(bitPattern: buffer.baseAddress)
      return unsafe nghttp2_session_mem_recv(raw, buffer.baseAddress, count)
    }
    guard result >= 0 else { throw HTTP2Error(description: message(Int32(result))) }
  }

  borrowing func produce(upTo limit: Int) throws(HTTP2Error) {
    let context = context
    while context.output.count < limit {
      var chunk: UnsafePointer<UInt8>?
      let count = unsafe nghttp2_session_mem_send(raw, &chunk)
      guard count >= 0 else { throw HTTP2Error(description: message(Int32(count))) }
      guard count > 0 else { return }
      unsafe context.output.append(contentsOf: UnsafeBufferPointer(start: chunk, count: count))
    }
  }

  // MARK: - Streams

  func submitRequest(_ fields: FieldList, _ body: OutboundBody) throws(HTTP2Error) -> Int32 {
    var provider = unsafe SessionCallbacks.provider(of: body)
    let stream = unsafe withNameValues(fields) { values, count in
      unsafe nghttp2_submit_request(raw, nil, values, count, &provider, nil)
    }
    guard stream > 0 else { throw HTTP2Error(description: message(stream)) }
    return stream
  }

  func submitResponse(_ stream: Int32, _ fields: FieldList, _ body: OutboundBody?) -> Bool {
    unsafe withNameValues(fields) { values, count in
      guard let body else {
        return unsafe nghttp2_submit_response(raw, stream, values, count, nil) == 0
      }
      var provider = unsafe SessionCallbacks.provider(of: body)
      return unsafe nghttp2_submit_response(raw, stream, values, count, &provider) == 0
    }
  }

  /// Whether there is such a stream; one whose HEADERS wait is none yet.
  func knows(_ stream: Int32) -> Bool {
    unsafe nghttp2_session_find_stream(raw, stream) != nil
  }

  func resume(_ stream: Int32) {
    _ = unsafe nghttp2_session_resume_data(raw, stream)
  }

  func reset(_ stream: Int32, _ code: UInt32) {
    _ = unsafe nghttp2_submit_rst_stream(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code)
  }

  func consume(_ stream: Int32, _ count: Int) {
    // An unknown stream counts for the connection all the same.
    _ = unsafe nghttp2_session_consume(raw, stream, count)
  }

  // MARK: - Connection

  func submitSettings(_ settings: HTTP2Settings) throws(HTTP2Error) {
    let entries = [
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreamsMax),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(settings.streamWindowBytes)),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.headerListBytesMax),
      (NGHTTP2_SETTINGS_ENABLE_PUSH, 0),
    ].map { nghttp2_settings_entry(settings_id: Int32($0.rawValue), value: $1) }
    // RFC 9113 §6.5.2: only a client says ENABLE_PUSH.
    let count = context.role == .client ? entries.count : entries.count - 1
    try check(
      unsafe nghttp2_submit_settings(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, count))
  }

  func submitStreamWindow(_ bytes: UInt32) {
    let entry = nghttp2_settings_entry(
      settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: bytes)
    _ = unsafe nghttp2_submit_settings(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), [entry], 1)
  }

  func submitFrameSize(_ bytes: UInt32) {
    let entry = nghttp2_settings_entry(
      settings_id: Int32(NGHTTP2_SETTINGS_MAX_FRAME_SIZE.rawValue), value: bytes)
    _ = unsafe nghttp2_submit_settings(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), [entry], 1)
  }

  func setConnectionWindow(_ bytes: Int32) throws(HTTP2Error) {
    try check(
      unsafe nghttp2_session_set_local_window_size(
        raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, bytes))
  }

  func submitShutdownNotice() {
    _ = unsafe nghttp2_submit_shutdown_notice(raw)
  }

  func submitGoAway(_ code: UInt32, _ debug: String) {
    let last = unsafe nghttp2_session_get_last_proc_stream_id(raw)
    let text = Array(debug.utf8)
    _ = unsafe nghttp2_submit_goaway(
      raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code, text, text.count)
  }

  func submitPing(_ tag: UInt8) {
    let payload: [UInt8] = [tag, 0, 0, 0, 0, 0, 0, 0]
    _ = unsafe nghttp2_submit_ping(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), payload)
  }
}

/// The error of a return value below zero.
private func check(_ result: Int32) throws(HTTP2Error) {
  guard result >= 0 else { throw HTTP2Error(description: message(result)) }
}

private func message(_ result: Int32) -> String {
  unsafe String(cString: nghttp2_strerror(result))
}
