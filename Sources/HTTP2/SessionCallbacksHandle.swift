internal import CNghttp2

/// The callbacks of nghttp2: each finds its context, notes what happened and returns. None of them
/// sends or receives.
enum SessionCallbacks {
  @unsafe
  static func install(in callbacks: OpaquePointer?) {
    unsafe installReceiving(in: callbacks)
    unsafe installSending(in: callbacks)
  }

  @unsafe
  private static func installReceiving(in callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      guard let frame = unsafe frame, let context = unsafe sessionContext(user) else {
        return callbackFailed
      }
      unsafe context.headers.begin(frame.pointee.hd.stream_id)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, user in
      guard let frame = unsafe frame, let user = unsafe user else { return callbackFailed }
      // Without counting references: this runs for every field of every call.
      unsafe Unmanaged<SessionContext>.fromOpaque(user)._withUnsafeGuaranteedRef { context in
        unsafe context.headers.add(
          frame.pointee.hd.stream_id,
          UnsafeRawBufferPointer(start: name, count: nameCount),
          UnsafeRawBufferPointer(start: value, count: valueCount))
      }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, stream, data, count, user in
      guard let context = unsafe sessionContext(user) else { return callbackFailed }
      let start = Int(UInt(bitPattern: data) - context.inputAddress)
      context.events.append(.data(StreamID(stream), start..<(start + count)))
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { session, frame, user in
      guard let frame = unsafe frame, let context = unsafe sessionContext(user) else {
        return callbackFailed
      }
      unsafe noteReceived(session, frame, context)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) {
      _, _, _, user in
      guard let context = unsafe sessionContext(user) else { return callbackFailed }
      context.refusedFrames += 1
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
      _, stream, code, user in
      guard let context = unsafe sessionContext(user) else { return callbackFailed }
      context.close(stream, code)
      return 0
    }
  }

  @unsafe
  private static func installSending(in callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { session, frame, user in
      guard let frame = unsafe frame, let context = unsafe sessionContext(user) else {
        return callbackFailed
      }
      unsafe noteSent(session, frame, context)
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) {
      _, frame, code, user in
      guard let frame = unsafe frame, let context = unsafe sessionContext(user) else {
        return callbackFailed
      }
      // A request that never went out has no stream that could close: a GOAWAY came first.
      let header = unsafe frame.pointee.hd
      if context.role == .client, UInt32(header.type) == NGHTTP2_HEADERS.rawValue,
        code != NGHTTP2_ERR_STREAM_CLOSING.rawValue
      {
        context.close(header.stream_id, NGHTTP2_REFUSED_STREAM.rawValue)
      }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) {
      _, frame, header, count, source, user in
      guard let frame = unsafe frame, let header = unsafe header, let source = unsafe source,
        let context = unsafe sessionContext(user), let pointer = unsafe source.pointee.ptr
      else { return callbackFailed }
      let body = unsafe Unmanaged<OutboundBody>.fromOpaque(pointer).takeUnretainedValue()
      unsafe assert(frame.pointee.data.padlen == 0, "padding is never asked for")
      unsafe context.output.append(contentsOf: UnsafeBufferPointer(start: header, count: 9))
      context.output.append(contentsOf: body.bytes[body.head..<(body.head + count)])
      body.consume(count)
      context.sentDataBytes += count
      return 0
    }
  }

  /// Makes nghttp2 take the payload of a stream from a body, which the context keeps alive.
  @unsafe
  static func provider(of body: OutboundBody) -> nghttp2_data_provider {
    var provider = unsafe nghttp2_data_provider()
    unsafe provider.source.ptr = Unmanaged.passUnretained(body).toOpaque()
    unsafe provider.read_callback = { session, stream, _, limit, flags, source, _ in
      guard let flags = unsafe flags, let pointer = unsafe source?.pointee.ptr else {
        return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
      }
      let body = unsafe Unmanaged<OutboundBody>.fromOpaque(pointer).takeUnretainedValue()
      let count = min(body.unsentBytes, limit)
      if count == body.unsentBytes {
        switch body.ending {
        case .open:
          guard count > 0 else {
            body.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
          }
        case .endStream:
          unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        case .trailers(let trailers):
          unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
          unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
          _ = unsafe withNameValues(trailers) {
            unsafe nghttp2_submit_trailer(session, stream, $0, $1)
          }
        }
      }
      if count > 0 { unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
      return count
    }
    return unsafe provider
  }
}

@unsafe
private func noteReceived(
  _ session: OpaquePointer?,
  _ frame: UnsafePointer<nghttp2_frame>,
  _ context: SessionContext
) {
  let header = unsafe frame.pointee.hd
  let stream = header.stream_id
  switch UInt32(header.type) {
  case NGHTTP2_HEADERS.rawValue:
    context.endBlock(stream)
  case NGHTTP2_PING.rawValue where header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0:
    context.events.append(.pingAnswered(unsafe frame.pointee.ping.opaque_data.0))
    return
  case NGHTTP2_PING.rawValue:
    context.events.append(.pinged)
    return
  case NGHTTP2_SETTINGS.rawValue:
    context.hasPeerSettings = true
    return
  case NGHTTP2_GOAWAY.rawValue:
    let goAway = unsafe frame.pointee.goaway
    let debug = unsafe receivedText(goAway.opaque_data, min(goAway.opaque_data_len, 256))
    let code = unsafe HTTP2ErrorCode(rawValue: goAway.error_code)
    context.events.append(.goAway(code, debug: debug))
    return
  case NGHTTP2_DATA.rawValue: break
  default: return
  }
  if header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 {
    context.events.append(.endOfStream(StreamID(stream)))
    // A server that has answered reads no more of the request.
    if context.role == .client, unsafe nghttp2_session_get_stream_local_close(session, stream) == 0
    {
      _ = unsafe nghttp2_submit_rst_stream(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, NGHTTP2_CANCEL.rawValue)
    }
  }
}

/// RFC 9113 §8.1: a server that has answered before the request was over says that it wants no
/// more of it, or the stream stays half open for ever.
@unsafe
private func noteSent(
  _ session: OpaquePointer?,
  _ frame: UnsafePointer<nghttp2_frame>,
  _ context: SessionContext
) {
  let header = unsafe frame.pointee.hd
  if UInt32(header.type) == NGHTTP2_RST_STREAM.rawValue {
    context.inspector.noteOwnReset(header.stream_id)
    return
  }
  guard context.role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
    unsafe nghttp2_session_get_stream_remote_close(session, header.stream_id) == 0
  else { return }
  _ = unsafe nghttp2_submit_rst_stream(
    session, UInt8(NGHTTP2_FLAG_NONE.rawValue), header.stream_id, NGHTTP2_NO_ERROR.rawValue)
}

private let callbackFailed = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue

@unsafe
private func sessionContext(_ user: UnsafeMutableRawPointer?) -> SessionContext? {
  guard let user = unsafe user else { return nil }
  return unsafe Unmanaged<SessionContext>.fromOpaque(user).takeUnretainedValue()
}

@unsafe
private func receivedText(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
  unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
}
