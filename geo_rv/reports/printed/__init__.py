"""Maps on paper: layers in their own style, sites by verdict, frame, scale, north, legend."""
