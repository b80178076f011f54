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
  private var deadline: Scheduled<Void>?
  private var unanswered = 0
  private var isReceiving = false
  private var receivedBytes = 0

  init(_ limits: Limits, runs: RequestRuns) {
    self.limits = limits
    self.runs = runs
  }

  // MARK: The connection

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { close(context, after: limits.header) }
  }

  func channelActive(context: ChannelHandlerContext) {
    close(context, after: limits.header)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    runs.cancel(on: context.channel)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed where unanswered > 0:
      // Whoever closes before the answer is there does not wait for it.
      context.close(promise: nil)
    case is ChannelShouldQuiesceEvent where isReceiving:
      close(context, after: limits.bodyAtEnd)
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: Requests and answers

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      (isReceiving, receivedBytes) = (true, 0)
      unanswered += 1
      close(context, after: limits.body)
    case .body(let buffer):
      receivedBytes += buffer.readableBytes
      if receivedBytes > limits.bodyBytes { context.close(promise: nil) }
    case .end:
      isReceiving = false
      deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      close(context, after: limits.answer)
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
    deadline?.cancel()
    if isReceiving {
      close(context, after: limits.body)
    } else if unanswered == 0 {
      close(context, after: limits.header)
    }
  }

  private func close(_ context: ChannelHandlerContext, after time: TimeAmount) {
    deadline?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }
}

@available(*, unavailable)
extension ConnectionDeadlines: Sendable {}
