"""The post: what letters say, and the relay that carries them.

``letters`` writes one from its frozen facts, ``message`` puts it into MIME, and
``relay`` sees it off: over the ``wire`` to a mail server, or in a demonstration into
the folder of those that are ``kept``.
"""
