"""What schemathesis has to know of us: pieces of uploads are plain bytes."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
