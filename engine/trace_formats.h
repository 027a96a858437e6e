// The two formats of a trace.
#pragma once

#include "engine/text_writer.h"
#include "engine/trace_reader.h"

namespace quadrille {

// The trace event format of Chrome's trace viewer: one JSON object.
void write_chrome_trace(const TraceReader& trace, TextWriter& out);
// A Perfetto trace: a stream of protobuf packets.
void write_perfetto_trace(const TraceReader& trace, TextWriter& out);

}  // namespace quadrille
