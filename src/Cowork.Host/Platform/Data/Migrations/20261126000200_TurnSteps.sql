-- What a turn that still runs has said to and heard from its tools: one block of its transcript each. Gone when the turn is stored.
CREATE TABLE turn_steps (
    turn_id CHAR(32) NOT NULL,
    position INTEGER NOT NULL,
    told INTEGER NOT NULL,
    block JSON NOT NULL,
    PRIMARY KEY (turn_id, position)
);
