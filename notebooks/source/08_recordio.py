# %% [markdown]
# # Pack RecordIO, speak JSON
#
# **You will** build one training record byte by byte, write a request for predictions in JSON, read the reply, and cure
# requests that an endpoint refuses without saying why.
#
# **You need** Python and a little NumPy. No AWS account, and no lesson before this one; lesson 05 shows where the rows
# come from.
#
# **Time** 40 minutes: 12 reading, 18 doing, 10 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O8.1 | say why training reads float32 RecordIO-protobuf and not CSV, and what that format does not do |
# | O8.2 | encode one record: frame, varints, floats |
# | O8.3 | write a sparse row as a JSON request, and mend one that is refused |
# | O8.4 | read replies: scores and labels, in JSON, JSON Lines and RecordIO |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. The lesson runs without a network.
# **Arc.** Section 1: why not CSV. Sections 2 to 4: bytes on the way in. Sections 5 to 7: text on the way out.
# **If late.** Skip E8.0 and the assembly in section 3; keep the microscope. Never skip P8.3: it is the fault that costs
# money, because nobody sees it.

# %% [markdown]
# ## 1. Ask what should travel (5 min)
#
# A model on SageMaker has two conversations. **Training** reads large files, once. An **endpoint**, a model behind a web
# address, answers small questions all day. Amazon's factorization machines take:
#
# | | format | content type |
# |---|---|---|
# | training files | RecordIO-protobuf, with 32-bit floats | `application/x-recordio-protobuf` |
# | requests and replies | JSON, JSON Lines, or RecordIO-protobuf | `application/json`, `application/jsonlines`, as above |
#
# CSV is missing in both rows of this table. Find out why. Below, each rating becomes a row with a column for every user
# and every film, and a 1 in two of them. `FeatureMap` remembers whose column is whose.

# %%
import io
import json
import struct

import numpy as np

from course_utils import payload, recordio
from course_utils.datasets import movielens, rendle
from course_utils.encode import FeatureMap
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

# %%
data = movielens.load("ml-latest-small")
feature_map = FeatureMap.fit(data.ratings)
X = feature_map.transform(data.ratings)         # (n, d) CSR float32
y = data.ratings["rating"].to_numpy(np.float32)  # (n,) stars
notice(data)

# %% [markdown]
# CSV has no way to leave a zero out: a row of `d` columns is `0,0,1,0,…` with a comma or a line end behind every digit.
#
# **E8.0** How many bytes do `n` such rows of `d` columns take? Each character is one byte; leave the stars out of it.
# Stuck? Type `hint("E8.0")` into a new cell: three hints, each stronger than the last, and then `solution("E8.0")`. Every
# exercise has them.

# %%
def csv_bytes(n, d):
    """Bytes of n one-hot rows of d columns as CSV."""
    return 2 * n * d  ### SOLUTION: return ...

check("E8.0", csv_bytes)

# %% [markdown]
# Python holds the same rows as CSR arrays, which leave all zeros out: for each row two column numbers, two values, one
# place where the row begins, and the stars. That is six numbers of 4 bytes, **24 bytes**. Now the same rows are packed
# as RecordIO-protobuf.

# %%
predict("P8.1")

# %% tags=["nbval-check-output"]
def pack(X, y=None):
    """Rows, and labels if there are any, as RecordIO-protobuf."""
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()

packed = pack(X, y)
arrays = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes + y.nbytes
print(f"in memory  {arrays / len(y):.0f} bytes a row")
print(f"in RecordIO {len(packed) / len(y):.0f}")

# %%
import gzip

from course_utils.plots import show, size_bars

sizes = {"CSV, zeros and all": 2 * X.shape[0] * X.shape[1],
         "RecordIO": len(packed), "CSR arrays in memory": arrays,
         "RecordIO, gzipped": len(gzip.compress(packed, 1))}
fig = size_bars(list(sizes), list(sizes.values()),
                title="RecordIO leaves zeros out; it does not compress")
show(fig, alt="Four bars on a logarithmic axis. CSV with all its zeros takes many "
              "times what RecordIO takes; the CSR arrays take less than half of "
              "RecordIO, and gzip makes the RecordIO file more than ten times smaller.")
reveal("P8.1", len(packed) / arrays)

# %% tags=["nbval-check-output"]
more = sizes["CSV, zeros and all"] / len(packed)
less = len(packed) / sizes["RecordIO, gzipped"]
print("CSV is more than 50 times as large:", more > 50)
print("gzip makes it 10 times smaller or more:", less > 10)

# %% [markdown]
# So **RecordIO is no compression**. A record is more than twice the bare arrays, and `gzip` still finds plenty to
# squeeze. What you get for the bytes: zeros are left out, numbers stand there as the machine computes with them, and
# every record says where it ends, so that a job can read a file piece by piece. Where do 64 bytes go, when only 24 are
# needed? Open one.

# %% [markdown] tags=["notes"]
# **Discuss (2 min).** "Then why not gzip it?" One may; but File mode reads files as they are, and unpacking costs time
# in every epoch. **Listen for M27**: "binary, therefore compressed". Binary means *no digits to parse*, nothing more.
# The table of ids itself (`user,item,rating`) would be small as CSV. The algorithm wants columns, not ids.

# %% [markdown]
# ## 2. Put a frame around it (4 min)
#
# For bytes that you can count, take seven ratings by three people: Alice, Bob and Charlie, of Steffen Rendle's paper on
# factorization machines (2010). Three users and four films make seven columns.

# %% tags=["nbval-check-output"]
seven = rendle.load().ratings
toy_map = FeatureMap.fit(seven)
X_toy, y_toy = toy_map.transform(seven), seven["rating"].to_numpy(np.float32)

for column, name in enumerate(toy_map.column_names):
    print(column, name)
record = pack(X_toy[[0]], y_toy[:1])  # Alice, Titanic, 5 stars
print(record.hex(" ", 4))

# %% [markdown]
# Each pair of characters is one byte, written with the digits `0` to `9` and `a` to `f`. The first eight bytes are the
# **frame**: two whole numbers of four bytes, the *smallest part first* (called *little-endian*, `<` in Python's
# `struct`).

# %% tags=["nbval-check-output"]
magic, length = struct.unpack("<II", record[:8])
print(f"magic {magic:X}, length {length}; all in all {len(record)} bytes")

# %% [markdown]
# The **magic number** `CED7230A` begins every record: who finds something else knows that the file is broken, or no
# RecordIO. Behind the length comes the message, and behind the message *padding*: as many zero bytes, 0 to 3, as it
# takes for the next record to begin at a multiple of four. Here, 8 + 51 bytes need one more.
#
# **E8.1** Write `pad4(length)`: how many zero bytes follow a message of this length?

# %%
def pad4(length):
    """Zero bytes behind a message: 0, 1, 2 or 3."""
    return -length % 4  ### SOLUTION: return ...

check("E8.1", pad4)

# %% [markdown]
# ## 3. Fill it: tags, lengths, varints (8 min)
#
# The message is in **protobuf**, Google's way to write nested fields. A field is a *tag*, a *length*, and its content:
#
# * The **tag** is one byte here: the field's number times 8, plus 2, which means "a length follows".
# * **Floats** take four bytes each, little-endian.
# * **Whole numbers** are *varints*: seven bits in a byte, the lowest seven first. The eighth bit, worth 128, says
#   "another byte follows". Small numbers take one byte.
#
# The number 300 as a varint, by hand: 300 = 2 × 128 + 44. The low part, 44, goes first and is not the last: 44 + 128 =
# 172, in hexadecimal `ac`. Then 2, which is the last: `02`. So 300 is `ac 02`.
#
# **E8.2** Two expressions are missing. `number & 127` is the lowest seven bits; `number >>= 7` drops them.

# %%
def varint(number):
    """A whole number as a varint, in bytes."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)  ### SOLUTION: out.append(...)
        number >>= 7
    out.append(number)  ### SOLUTION: out.append(...)
    return bytes(out)

check("E8.2", varint)

# %% [markdown]
# With that, one record can be built from nothing. Read the fields from the inside: a *tensor* holds values (field 1),
# their columns (`keys`, 2) and the number of all columns (`shape`, 3). An entry holds the
# name `values` (1) and a value (2), which says in its turn that a float32 tensor (again 2) follows. Features are field 1
# of the message, the label is field 2. `protobuf.varint` is the packaged form of what you wrote.

# %% tags=["live", "nbval-check-output"]
from course_utils.recordio import protobuf

def field(number, content):
    """Tag, length, content."""
    return bytes([number * 8 + 2]) + protobuf.varint(len(content)) + content

ones, stars = struct.pack("<2f", 1, 1), struct.pack("<f", 5)
row = field(1, ones) + field(2, bytes([0, 6])) + field(3, bytes([7]))
features = field(1, field(1, b"values") + field(2, field(2, row)))
label = field(2, field(1, b"values") + field(2, field(2, field(1, stars))))
message = features + label
mine = struct.pack("<II", 0xCED7230A, len(message)) + message
mine += bytes(-len(message) % 4)  # the padding
print("the same 60 bytes:", mine == record)

# %% [markdown]
# You have written RecordIO-protobuf. (Amazon's Python SDK once had a function for it; in its version 3 it raises an
# error. `recordio.write` makes the same bytes for a hundred thousand rows at once.)
#
# Now suppose Alice changes her mind, from 5 stars to 1. The stars are one float, four bytes. How many bytes of the
# record will be others?

# %%
predict("P8.2")

# %%
one_star = pack(X_toy[[0]], np.array([1], np.float32))
for number in (5, 1):
    print(f"{number}: {struct.pack('<f', number).hex(' ')}")
reveal("P8.2", sum(a != b for a, b in zip(record, one_star, strict=True)))

# %% [markdown] tags=["notes"]
# **On the board.** 300 as `ac 02`, with the class. Then 127 (`7f`) and 128 (`80 01`): the step is what the exercise
# checks. **Expected slips**: high bits first; the bit 128 on the last byte as well; forgetting it on all but the last.
# Why are the tag's low three bits a 2? There are other kinds of fields; the microscope names them.

# %% [markdown]
# ## 4. Look through the byte microscope (6 min)
#
# The same record, every byte with its meaning. What moves since your last change carries a ▲. *Part to explain* walks
# through the record: click its knob and use the arrow keys.

# %%
from course_utils.widgets import ByteMicroscope

ByteMicroscope()

# %% [markdown]
# **Three questions for the microscope**
#
# 1. Move the **stars** through 5, 4.5, 4, 3.5. Which bytes move, and which never do? Does the record ever get longer?
# 2. Set the **number of all columns** to 10,000. The message grows by a byte and the record does not: who gave the byte?
#    Then move the **column of the film** from 127 to 128. One number grows by a byte. Why do five *lengths* move with it,
#    and why is the record 4 bytes longer?
# 3. Take the **stars** out of the record. What is left is what travels to an endpoint. Then ask for a film's column
#    beyond the number of columns: who complains, and is that early enough?

# %% [markdown] tags=["notes"]
# **Answers.** 1: the four bytes of the label, never more than two of them at a time; no. 2: the padding; lengths are
# nested, each holds the next; records grow by fours. 3: 40 bytes; the writer, before a file is uploaded, and that is the cheapest moment.
# Ask: "Which bytes are the same in all 100,000 records?" Tags, names, most lengths: that is what gzip found.

# %% [markdown]
# ## 5. Write a question in JSON (6 min)
#
# An endpoint is asked in JSON: text that people can read. One *instance* is one row, the same three parts as in the
# record: `keys`, `shape`, `values`. Alice and Titanic again, without stars, for they are what we want to know.

# %% tags=["nbval-check-output"]
print(payload.encode_request(X_toy[[0]], payload.JSON).decode())

# %% [markdown]
# **E8.3** Write that instance yourself, for row `i` of any CSR matrix. The row's column numbers are
# `X.indices[X.indptr[i]:X.indptr[i + 1]]`, and `X.data` holds its values in the same places. JSON knows Python's lists and
# numbers, but not NumPy's: `.tolist()` turns one into the other.

# %%
def instance(X, i):
    """Row i as a dict: {"data": {"features": {"keys": …, "shape": …, "values": …}}}."""
    ### BEGIN SOLUTION
    place = slice(X.indptr[i], X.indptr[i + 1])
    keys, values = X.indices[place].tolist(), X.data[place].tolist()
    features = {"keys": keys, "shape": [X.shape[1]], "values": values}
    return {"data": {"features": features}}
    ### END SOLUTION

check("E8.3", instance)

# %% [markdown]
# A colleague wants a prediction for **user 333** of the film ratings, and sends the key 333. `decode_request` is the
# endpoint's half of the conversation, as the course's local SageMaker runs it.

# %%
predict("P8.3")

# %%
asked = {"keys": [333], "shape": [feature_map.feature_dim], "values": [1]}
body = json.dumps({"instances": [{"data": {"features": asked}}]}).encode()
read = payload.decode_request(body, payload.JSON, feature_map.feature_dim)
whose = feature_map.column_names[read.indices[0]]
print("the endpoint reads column", read.indices[0], "which belongs to", whose)
reveal("P8.3", whose)

# %% tags=["nbval-check-output"]
print("user 333 has column 333:", feature_map.column("user", 333) == 333)

# %% [markdown]
# No error, no warning: a score, for somebody else. **The endpoint knows no users and no films.** It knows columns; the
# map from ids to columns is yours, and is kept with the model. (A key that is no column at all is
# refused. That catches large ids, and lets the small ones through.)

# %% [markdown] tags=["notes"]
# **Discuss (4 min).** "How would you find out?" Wanted: ask for a pair whose score you know, after each deployment; send
# only rows that `FeatureMap.transform` made; keep map and model in one place. **Listen for M29**: "the model was trained
# on user 333, so it knows him". And for M28 in E8.3: `shape` is the width of a row, not what is in it.

# %% [markdown]
# ## 6. Read the reply (3 min)
#
# Three pairs go out in one request. Before you look at a reply: what in it says which score belongs to which pair?

# %%
predict("P8.4")

# %% tags=["nbval-check-output"]
liked, chances = np.array([2.2, 3.5, 4.0]), np.array([0.25, 0.5, 0.75])
for task, scores in {"regressor": liked, "binary_classifier": chances}.items():
    print(f"{task}, JSON and JSON Lines:")
    for accept in (payload.JSON, payload.JSONLINES):
        body = payload.encode_response(scores, accept=accept, task=task)
        print(body.decode().strip())

# %%
reveal("P8.4", "Its place: first row, first score")

# %% [markdown]
# A *regressor* answers with a `score`: stars. A *binary classifier*, which says yes or no, answers with the probability of
# a 1 as `score`, and with `predicted_label`: 1 from a score of one half on. No reply names a user or a film. **Order is all
# there is.** And 2.2 came back as 2.200000047683716: the float32 that lies nearest.
#
# **E8.4** Write `read_scores(body, content_type)`: the list of scores in a reply, which is either JSON or JSON Lines (a
# line for each row; `body.splitlines()` cuts them). `json.loads` reads either bytes or text.

# %%
def read_scores(body, content_type):
    """Scores of a reply in order, from payload.JSON or payload.JSONLINES."""
    ### BEGIN SOLUTION
    if content_type == payload.JSON:
        rows = json.loads(body)["predictions"]
    else:
        rows = [json.loads(line) for line in body.splitlines()]
    return [row["score"] for row in rows]
    ### END SOLUTION

check("E8.4", read_scores)

# %% [markdown]
# The third form, RecordIO, holds the same two names as labels of records without features. The packaged
# `payload.decode_response` reads all three:

# %% tags=["nbval-check-output"]
body = payload.encode_response(
    chances, accept=payload.RECORDIO, task="binary_classifier"
)
reply = payload.decode_response(body, payload.RECORDIO)
print(len(body), "bytes:", reply.score, reply.predicted_label)

# %% [markdown]
# ## 7. Call the payload doctor (5 min)
#
# When a request is wrong, the real endpoint says `unable to evaluate payload provided`, whatever the reason. The doctor
# tells you more. Its model has the seven columns of section 2. Choose an example, or paste or type a request of your
# own, then click outside of the box (or press Tab).

# %%
from course_utils.widgets import PayloadDoctor

PayloadDoctor()

# %% [markdown]
# **Three questions for the doctor**
#
# 1. Examine *A dict as Python prints it*. What keeps it from being JSON, and which function would have written it right?
# 2. Take a healthy request, and set the **columns of the model** to 8. A new film came, the model was trained anew, and
#    you kept your old map: what does the endpoint say? And would it say so, if a film had gone when the new one came?
# 3. Which two of the examples does an endpoint answer although they are nonsense? What would you test before you send?
#
# **E8.5 Bug hunt.** Five requests for the toy model, each with one fault, and the pair that each should ask about:

# %% tags=["nbval-check-output"]
from course_utils.widgets.payload_doctor import BROKEN, MEANT

for letter, bad in BROKEN.items():
    print(f"{letter} means {' and '.join(MEANT[letter])}:\n  {json.dumps(bad)}")

# %% [markdown]
# Mend them: replace each `...` by a dict with `keys`, `shape` and `values`. The columns stand in section 2. One of the
# five is *answered*; the doctor knows which.

# %%
### BEGIN SOLUTION: mended = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ...}
mended = {"A": {"keys": [2, 6], "shape": [7], "values": [1, 1]},
          "B": {"keys": [0, 3], "shape": [7], "values": [1, 1]},
          "C": {"keys": [1, 5], "shape": [7], "values": [1, 1]},
          "D": {"keys": [0, 4], "shape": [7], "values": [1, 1]},
          "E": {"keys": [2, 5], "shape": [7], "values": [1, 1]}}
### END SOLUTION

check("E8.5", mended)

# %% [markdown] tags=["notes"]
# **Collect** how each fault arises in real code: A counts columns from 1; B drops a value while filtering; C reads keys
# from a CSV file; D writes `len(keys)` as the shape; E puts the rating into the row. All five vanish when rows come from
# `FeatureMap.transform` and go through `encode_request`. That is the point of having them.

# %% [markdown]
# ## 8. Check yourself (3 min)
#
# Seven questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q8")

# %% [markdown]
# ## In practice …
#
# * **Use JSON to look, RecordIO to work.** For thousands of rows RecordIO is about half the bytes, and nothing has to be
#   turned from digits into numbers. Endpoints limit the size of a request: send many rows in portions.
# * **Files can be cut between records**, and joined by putting them one behind the other. `recordio.write_shards` does it.
# * **Training wants float32.** Ones and stars fit in exactly. An id as a *value* would not: above 16,777,216 float32
#   skips whole numbers. One more reason to one-hot.
# * **A batch transform**, which scores a whole file without an endpoint, writes its results as JSON Lines (lesson 09).
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: pack a row with the label 4.2. What is `recordio.inspect(…)[-2].value`, and why not 4.2?
# * **Twiddle** the data: give `recordio.read(io.BytesIO(…))` the record without its last byte, `record[:-1]`, or with a
#   wrong first one, `b"?" + record[1:]`. What do the messages tell you?
# * **Frob** the model: make `FeatureMap.fit(seven, blocks=("user", "item", "other_items"))`. How long are its records,
#   and where do the bytes go?
#
# ## To keep
#
# | | |
# |---|---|
# | **A record** | magic, length, protobuf message, zeros up to a multiple of four. |
# | **A varint** | seven bits a byte, low first; 128 says "more follows". |
# | **RecordIO** | leaves zeros out. It compresses nothing. |
# | **`shape`** | is how many columns there are, not how many are hot. |
# | **Keys** | are columns of the map that belongs to the model. The endpoint knows no ids. |
# | **A reply** | has scores (and labels) in the order of the rows. No ids. |
#
# Next: lesson 09 sends such files and requests to SageMaker.
