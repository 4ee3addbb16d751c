-- A question of an agent: whether it may do something (approval), or something that it wants to know (question).
CREATE TABLE approvals (
    id CHAR(32) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    conversation_id CHAR(32) NOT NULL,
    turn_id CHAR(32) NOT NULL,
    action VARCHAR(64),
    text TEXT NOT NULL,
    subject TEXT,
    detail TEXT,
    options JSON,
    tool_use_id TEXT NOT NULL,
    answer TEXT,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    answered_at DATETIME,
    PRIMARY KEY (id),
    FOREIGN KEY (conversation_id) REFERENCES conversations (id)
);
CREATE INDEX ix_approvals_created_at ON approvals (created_at);
CREATE INDEX ix_approvals_conversation ON approvals (conversation_id, created_at);
CREATE INDEX ix_approvals_pending ON approvals (created_at) WHERE status = 'pending';

-- What was allowed for longer than once: for one conversation, or for one project.
CREATE TABLE approval_rules (
    id CHAR(32) NOT NULL,
    conversation_id CHAR(32),
    project_id CHAR(32),
    action VARCHAR(64) NOT NULL,
    subject TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ux_approval_rules_conversation ON approval_rules (conversation_id, action, subject) WHERE conversation_id IS NOT NULL;
CREATE UNIQUE INDEX ux_approval_rules_project ON approval_rules (project_id, action, subject) WHERE project_id IS NOT NULL;

-- A project's own policy; NULL for the one of the settings. Actions: a JSON object of action to policy.
CREATE TABLE approval_policies (
    project_id CHAR(32) NOT NULL,
    policy VARCHAR(16),
    actions JSON NOT NULL,
    modified_at DATETIME NOT NULL,
    PRIMARY KEY (project_id)
);
