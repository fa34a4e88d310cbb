"""Reading values on a page: typed values, anchors, patterns, layouts, parties. Free of Django, like the steps."""
