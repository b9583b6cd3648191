"""The least that Flask can do, under the very server that serves the house."""

from flask import Flask

from festival.config import Settings

app = Flask(__name__)
app.extensions["settings"] = Settings(RELAY=False)


@app.get("/")
def hello() -> str:
    return "Hello, world!"
