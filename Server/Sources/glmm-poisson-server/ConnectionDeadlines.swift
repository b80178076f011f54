import CalculatorAPI
import NIOCore
import NIOHTTPTypes

/// Ends connections whose other side takes too long, and the work for those that have gone.
///
/// The time of a header, of a body and of an answer's taking are whole times: bytes that come one
/// by one do not prolong them.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  struct Limits: Sendable {
    /// From the connection's start, or the last answer, to the end of a header.
    var header = TimeAmount.seconds(15)
    /// From the header to the end of the body.
    var body = TimeAmount.seconds(30)
    /// From the first byte of an answer until the last one is taken.
    var answer = TimeAmount.seconds(30)
    /// Bytes of a body, beyond which it is not even read to its end.
    var bodyBytes = 25_000_000
    /// A request that is under way when the server ends has this time to arrive.
    var bodyAtEnd = TimeAmount.seconds(2)
  }

  private let limits: Limits
  private let runs: RequestRuns
  /// What is to come from the other side: a header, or the rest of a body.
  private var receiving: Scheduled<Void>?
  /// What the other side is to take.
  private var taking: Scheduled<Void>?
  private var unanswered = 0
  private var isInBody = false
  private var bodyBytes = 0

  init(_ limits: Limits, runs: RequestRuns) {
    self.limits = limits
    self.runs = runs
  }

  // MARK: The connection

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { expect(context, within: limits.header) }
  }

  func channelActive(context: ChannelHandlerContext) {
    expect(context, within: limits.header)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    cancelDeadlines()
    runs.cancel(on: context.channel)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { cancelDeadlines() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed where unanswered > 0:
      // Whoever closes before the answer is there does not wait for it.
      context.close(promise: nil)
    case is ChannelShouldQuiesceEvent where isInBody:
      expect(context, within: limits.bodyAtEnd)
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: Requests and answers

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      (isInBody, bodyBytes) = (true, 0)
      unanswered += 1
      expect(context, within: limits.body)
    case .body(let buffer):
      bodyBytes += buffer.readableBytes
      if bodyBytes > limits.bodyBytes { context.close(promise: nil) }
    case .end:
      isInBody = false
      receiving?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      taking?.cancel()
      taking = close(context, after: limits.answer)
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let taken = promise ?? context.eventLoop.makePromise()
      let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      taken.futureResult.whenSuccess { handler.value.answerIsTaken(bound.value) }
      context.write(data, promise: taken)
    }
  }

  private func answerIsTaken(_ context: ChannelHandlerContext) {
    unanswered -= 1
    taking?.cancel()
    if unanswered == 0, !isInBody { expect(context, within: limits.header) }
  }

  // MARK: Deadlines

  private func expect(_ context: ChannelHandlerContext, within time: TimeAmount) {
    receiving?.cancel()
    receiving = close(context, after: time)
  }

  private func close(_ context: ChannelHandlerContext, after time: TimeAmount) -> Scheduled<Void> {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }

  private func cancelDeadlines() {
    receiving?.cancel()
    taking?.cancel()
  }
}

@available(*, unavailable)
extension ConnectionDeadlines: Sendable {}
